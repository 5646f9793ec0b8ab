using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// Writes one shopper's events in the Segment protocol, with message ids that are the same in every replay of a run. The run
/// is 0 for the history, then the number of the start: it keeps the message ids of two starts apart.
/// </summary>
internal sealed class ShopperEventWriter(Persona persona, int run)
{
    private static readonly Purposes[] StatedPurposes =
        [Purposes.Collect, Purposes.Profile, Purposes.Personalise, Purposes.Measure, Purposes.Activate, Purposes.Train];

    private int _messages;
    private int _sessions;
    private bool _isSignedIn;

    public void BeginSession() => _sessions++;

    public string OrderId(int number) => $"D{run}-{persona.Number:00000}-{number}";

    public SimulatedEvent Page(long nowMs, string name) => Write(nowMs, "page", "name", name, name, static (_, _) => { });

    /// <summary>Signs in: the events that follow carry the user id.</summary>
    public SimulatedEvent Identify(long nowMs)
    {
        _isSignedIn = true;
        return Write(nowMs, "identify", null, "identify", persona, static (json, who) =>
        {
            json.WriteStartObject("traits");
            json.WriteString("email", $"{who.UserId}@example.com");
            json.WriteString("city", who.City);
            json.WriteEndObject();
        });
    }

    /// <summary>A track call; the callback writes the members of its <c>properties</c>.</summary>
    public SimulatedEvent Track<TState>(long nowMs, string name, TState state, Action<Utf8JsonWriter, TState> properties) =>
        Write(nowMs, "track", "event", name, (state, properties), static (json, call) =>
        {
            json.WriteStartObject("properties");
            call.properties(json, call.state);
            json.WriteEndObject();
        });

    public static void WriteProduct(Utf8JsonWriter json, DemoItem item)
    {
        json.WriteString("product_id", item.Id);
        json.WriteString("name", item.Name);
        json.WriteString("category", item.Category.Name);
        json.WriteString("brand", item.Brand);
        json.WriteNumber("price", item.Price);
        json.WriteString("currency", "EUR");
    }

    private SimulatedEvent Write<TState>(
        long nowMs, string type, string? nameMember, string name, TState state, Action<Utf8JsonWriter, TState> body)
    {
        using var stream = new MemoryStream(768);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            if (nameMember is not null)
            {
                json.WriteString(nameMember, name);
            }

            json.WriteString("messageId", $"demo-{run}-{persona.Number}-{++_messages}");
            json.WriteString("timestamp", DateTimeOffset.FromUnixTimeMilliseconds(nowMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
            json.WriteString("anonymousId", persona.AnonymousId);
            if (_isSignedIn)
            {
                json.WriteString("userId", persona.UserId);
            }

            WriteContext(json);
            body(json, state);
            json.WriteEndObject();
        }

        return new SimulatedEvent(nowMs, persona.Number, nameMember == "event" ? name : type, stream.ToArray());
    }

    private void WriteContext(Utf8JsonWriter json)
    {
        json.WriteStartObject("context");
        json.WriteString("sessionId", $"demo-{run}-{persona.Number}-s{_sessions}");
        json.WriteString("locale", persona.Locale);
        json.WriteStartObject("device");
        json.WriteString("type", persona.Device);
        json.WriteEndObject();
        json.WriteStartObject("location");
        json.WriteString("city", persona.City);
        json.WriteString("country", persona.Country);
        json.WriteEndObject();
        if (persona.Consent is not ConsentChoice.Unanswered)
        {
            WriteConsent(json, persona.Consent is ConsentChoice.Granted);
        }

        json.WriteEndObject();
    }

    private static void WriteConsent(Utf8JsonWriter json, bool granted)
    {
        json.WriteStartObject("consent");
        json.WriteStartObject("categoryPreferences");
        foreach (var purpose in StatedPurposes)
        {
            json.WriteBoolean(purpose.ToString(), granted || purpose is Purposes.Collect);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
