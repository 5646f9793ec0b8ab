using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Personalization.Tests.Support;

namespace Personalization.Tests.Conformance;

/// <summary>What a real client sent, and what the recorder answered: one file of <c>vectors/clients</c>.</summary>
internal sealed record Recording(string File, string Client, string Scenario, IReadOnlyList<RecordedRequest> Requests)
{
    /// <summary>All files by name, <c>segment-node/status-400.json</c>; none where the vectors are not there.</summary>
    public static IEnumerable<string> Files() =>
        SharedVectors.Exist("clients")
            ? Directory.EnumerateFiles(SharedVectors.Find("clients"), "*.json", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(SharedVectors.Find("clients"), file).Replace('\\', '/'))
                .Where(file => file.Contains('/', StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
            : [];

    public static Recording Load(string file)
    {
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(SharedVectors.Find("clients", file)));
        var root = json.RootElement.Clone();
        return new Recording(
            file,
            root.GetProperty("client").GetString()!,
            root.GetProperty("scenario").GetString()!,
            [.. root.GetProperty("requests").EnumerateArray().Select(RecordedRequest.Of)]);
    }
}

/// <summary>One request, byte for byte.</summary>
internal sealed record RecordedRequest(
    string Method, string Url, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, JsonElement Json)
{
    private static readonly JsonSerializerOptions AsSent = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Path => Url.Split('?')[0];

    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>As the client wrote it, with its own order and case of headers.</summary>
    public byte[] Wire() => WireOf(Method, Url, Headers, Body);

    public static byte[] WireOf(string method, string url, IEnumerable<(string Name, string Value)> headers, byte[] body)
    {
        var head = new StringBuilder().Append(method).Append(' ').Append(url).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. body];
    }

    public static RecordedRequest Of(JsonElement recorded)
    {
        var json = recorded.TryGetProperty("bodyJson", out var body) ? body : default;
        return new RecordedRequest(
            recorded.GetProperty("method").GetString()!,
            recorded.GetProperty("url").GetString()!,
            [.. recorded.GetProperty("rawHeaders").EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()!))],
            BodyOf(recorded, json),
            json);
    }

    private static byte[] BodyOf(JsonElement recorded, JsonElement json)
    {
        var length = recorded.GetProperty("bodyBytesOnWire").GetInt32();
        if (recorded.TryGetProperty("bodyRawBase64", out var raw))
        {
            return raw.GetBytesFromBase64();
        }

        if (json.ValueKind == JsonValueKind.Undefined)
        {
            return Encoding.UTF8.GetBytes(recorded.TryGetProperty("bodyText", out var text) ? text.GetString()! : "");
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(json, AsSent);
        return bytes.Length == length ? bytes : Elided(json, length)
            ?? throw new InvalidOperationException($"The recorded body has {length} bytes, and what was kept of it makes {bytes.Length}.");
    }

    /// <summary>The recording of large bodies kept only their size and number of events: one of the same size and number.</summary>
    private static byte[]? Elided(JsonElement json, int length)
    {
        if (json.GetProperty("batch").ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var count = int.Parse(json.GetProperty("batch").GetString()!.TrimStart('<').Split(' ')[0], CultureInfo.InvariantCulture);
        byte[] Build(int padding) => JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                batch = Enumerable.Range(0, count).Select(i => new
                {
                    type = "track",
                    @event = "Large",
                    anonymousId = "a-1",
                    messageId = $"{length}-{i}",
                    properties = new { padding = new string('x', (padding / count) + (i == 0 ? padding % count : 0)) },
                }),
                writeKey = json.GetProperty("writeKey").GetString(),
                sentAt = json.GetProperty("sentAt").GetString(),
            });
        return Build(length - Build(0).Length);
    }
}
