using System.Globalization;
using System.Text.Json;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Data;

/// <summary>Feeds a click set through the front door, in the order of time: each click a view, each session a shopper of its own.</summary>
internal static class Teacher
{
    private const int BatchSize = 500;

    /// <summary>Returns when all of it has passed every stage.</summary>
    public static async Task TeachAsync(ControlClient server, ClickSet set, CancellationToken cancellationToken)
    {
        var clicks = set.Train
            .SelectMany(session => session.Items.Select((item, i) => (Session: session.Id, Item: item, TimeMs: session.TimesMs[i])))
            .OrderBy(click => click.TimeMs)
            .ToArray();
        for (var start = 0; start < clicks.Length; start += BatchSize)
        {
            var count = Math.Min(BatchSize, clicks.Length - start);
            await server.PostEventsAsync(ToBatch(set.Name, start, clicks.AsSpan(start, count)), cancellationToken);
        }

        await server.WaitUntilAppliedAsync(cancellationToken);
    }

    /// <summary>The batch has no <c>sentAt</c>: the clock correction would move the historic times by the moment's delay.</summary>
    private static byte[] ToBatch(string name, int firstNumber, ReadOnlySpan<(string Session, string Item, long TimeMs)> clicks)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch");
            for (var i = 0; i < clicks.Length; i++)
            {
                WriteView(json, $"{name}-{firstNumber + i}", $"{name}-{clicks[i].Session}", clicks[i].Item, clicks[i].TimeMs);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteView(Utf8JsonWriter json, string messageId, string session, string item, long timeMs)
    {
        json.WriteStartObject();
        json.WriteString("type", "track");
        json.WriteString("event", "Product Viewed");
        json.WriteString("messageId", messageId);
        json.WriteString("anonymousId", session);
        json.WriteString("timestamp", Iso(timeMs));
        json.WriteStartObject("context");
        json.WriteString("sessionId", session);
        json.WriteStartObject("consent");
        json.WriteStartObject("categoryPreferences");
        json.WriteBoolean("profile", value: true);
        json.WriteBoolean("personalise", value: true);
        json.WriteBoolean("measure", value: true);
        json.WriteBoolean("train", value: true);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("product_id", item);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Iso(long timeMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
