using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel.Json;

namespace Personalization.Features.Endpoints;

/// <summary>Makes identify calls of the lines of an import.</summary>
internal static class TraitLines
{
    /// <summary>Faults that are told, lest a body of garbage has an answer of its size.</summary>
    private const int MaxFaults = 100;
    private const int MaxIdBytes = 512;
    private const int MaxLineBytes = 32 * 1024;

    /// <summary>Traits by which identity would recognise people.</summary>
    private static readonly string[] Naming = ["email", "phone", "address"];

    /// <summary>A call for each line that is no empty one. Adds a fault for each line that is wrong.</summary>
    public static List<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> body, TraitTerms terms, DateTimeOffset now, List<string> faults)
    {
        var calls = new List<ReadOnlyMemory<byte>>();
        var at = now.ToString("O", CultureInfo.InvariantCulture);
        var bad = 0;
        for (var number = 1; body.Length > 0; number++)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (line.Span.Trim(" \r\t"u8).IsEmpty)
            {
                continue;
            }

            if (FaultOf(line, terms, at, calls) is { } fault && bad++ < MaxFaults)
            {
                faults.Add($"Line {number}: {fault}");
            }
        }

        if (bad > MaxFaults)
        {
            faults.Add($"{bad - MaxFaults} more lines are wrong.");
        }

        if (calls.Count == 0 && bad == 0)
        {
            faults.Add("The body has no line.");
        }

        return calls;
    }

    /// <summary>Null for a line that was added.</summary>
    private static string? FaultOf(ReadOnlyMemory<byte> line, TraitTerms terms, string at, List<ReadOnlyMemory<byte>> calls)
    {
        if (line.Length > MaxLineBytes)
        {
            return $"Must be at most {MaxLineBytes} bytes.";
        }

        try
        {
            var root = BodyJson.Parse(line.Span);
            if (root.ValueKind != JsonValueKind.Object)
            {
                return "Must be an object.";
            }

            var userId = IdOf(root, "userId");
            var anonymousId = IdOf(root, "anonymousId");
            if (userId is null && anonymousId is null)
            {
                return $"Must have a 'userId' or an 'anonymousId', a text of 1 to {MaxIdBytes} bytes.";
            }

            if (!root.TryGetProperty("traits", out var traits) || traits.ValueKind != JsonValueKind.Object)
            {
                return "Must have 'traits', an object.";
            }

            if (Naming.Where(name => traits.TryGetProperty(name, out _)).ToList() is { Count: > 0 } naming)
            {
                return $"'traits' must not have {string.Join(", ", naming)}: what others say tells nobody who somebody is.";
            }

            calls.Add(Identify(userId, anonymousId, traits, terms, at));
            return null;
        }
        catch (JsonException error)
        {
            return $"Is not JSON from byte {error.BytePositionInLine} on.";
        }
    }

    private static string? IdOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.String &&
        JsonSerializer.SerializeToUtf8Bytes(id).Length is > 2 and <= MaxIdBytes + 2 ? id.GetString() : null;

    private static ReadOnlyMemory<byte> Identify(string? userId, string? anonymousId, JsonElement traits, TraitTerms terms, string at)
    {
        var call = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(call);
        json.WriteStartObject();
        json.WriteString("type", "identify");
        json.WriteString("timestamp", at);
        if (userId is not null)
        {
            json.WriteString("userId", userId);
        }
        else
        {
            // With both they would become one person, and that is not for somebody else to say.
            json.WriteString("anonymousId", anonymousId);
        }

        json.WriteStartObject("context");
        json.WritePropertyName("thirdParty");
        JsonSerializer.Serialize(json, terms, JsonSerializerOptions.Web);
        json.WriteEndObject();
        json.WritePropertyName("traits");
        traits.WriteTo(json);
        json.WriteEndObject();
        json.Flush();
        return call.WrittenMemory;
    }
}
