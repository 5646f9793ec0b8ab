using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Personalization.Features.Domain.Lists;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Lists;

/// <summary>Finds the members in a body: a JSON array of them, or one on each line.</summary>
internal sealed class MemberLines
{
    /// <summary>Faults that are told, lest a body of garbage has an answer of its size.</summary>
    private const int MaxFaults = 100;
    private const int MaxIdBytes = 512;
    private const int MaxExternalIdBytes = 256;
    private const int MaxMemberBytes = 4 * 1024;
    private const int MaxTypeBytes = 64;

    private readonly IdentifierVocabulary _vocabulary;
    private readonly List<string> _faults = [];
    private int _bad;

    private MemberLines(IdentifierVocabulary vocabulary) => _vocabulary = vocabulary;

    /// <summary>Where each member stands in the body, in order.</summary>
    public List<Range> Members { get; } = [];

    public IReadOnlyList<string> Faults => _bad > MaxFaults ? [.. _faults, $"{_bad - MaxFaults} more are wrong."] : _faults;

    public static MemberLines Read(ReadOnlySpan<byte> body, IdentifierVocabulary vocabulary)
    {
        var lines = new MemberLines(vocabulary);
        if (body.TrimStart(" \r\n\t"u8) is [(byte)'[', ..])
        {
            lines.ReadArray(body);
        }
        else
        {
            lines.ReadLines(body);
        }

        return lines;
    }

    /// <summary>An identify call that puts somebody on an edition of a list, or takes them off it.</summary>
    public static void WriteCall(IBufferWriter<byte> output, ReadOnlySpan<byte> member, ListEntry entry, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(member.ToArray());
        using var json = new Utf8JsonWriter(output);
        var (name, value) = IdOf(document.RootElement)!.Value;
        json.WriteStartObject();
        json.WriteString("type", "identify");
        json.WriteString("timestamp", now.ToString("O", CultureInfo.InvariantCulture));
        if (name == "externalId")
        {
            // An event needs a user or a device. A device of this name is one that only lists speak of, so it says nothing that the external id does not.
            json.WriteString("anonymousId", $"external:{value.GetProperty("type").GetString()}:{value.GetProperty("id").GetString()}");
        }
        else
        {
            json.WriteString(name, value.GetString());
        }

        json.WriteStartObject("context");
        json.WritePropertyName(ListImport.ContextMember);
        JsonSerializer.Serialize(json, entry, JsonSerializerOptions.Web);
        if (name == "externalId")
        {
            json.WriteStartArray("externalIds");
            json.WriteStartObject();
            json.WriteString("type", value.GetProperty("type").GetString());
            json.WriteString("id", value.GetProperty("id").GetString());
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void ReadArray(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            reader.Read();
            for (var number = 1; reader.Read() && reader.TokenType != JsonTokenType.EndArray; number++)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Add(body, start..(int)reader.BytesConsumed, "Member", number);
            }

            // What stands behind the end of the array is no JSON.
            reader.Read();
        }
        catch (JsonException error)
        {
            Fault($"The array is not JSON from line {error.LineNumber + 1}, byte {error.BytePositionInLine} on.");
        }
    }

    private void ReadLines(ReadOnlySpan<byte> body)
    {
        var start = 0;
        for (var number = 1; start < body.Length; number++)
        {
            var length = body[start..].IndexOf((byte)'\n');
            var end = length < 0 ? body.Length : start + length;
            if (!body[start..end].Trim(" \r\t"u8).IsEmpty)
            {
                Add(body, start..end, "Line", number);
            }

            start = end + 1;
        }
    }

    private void Add(ReadOnlySpan<byte> body, Range place, string word, int number)
    {
        if (FaultOf(body[place]) is { } fault)
        {
            Fault($"{word} {number}: {fault}");
        }
        else
        {
            Members.Add(place);
        }
    }

    private void Fault(string fault)
    {
        if (_bad++ < MaxFaults)
        {
            _faults.Add(fault);
        }
    }

    private string? FaultOf(ReadOnlySpan<byte> member)
    {
        if (member.Length > MaxMemberBytes)
        {
            return $"Must be at most {MaxMemberBytes} bytes.";
        }

        try
        {
            var json = BodyJson.Parse(member);
            if (json.ValueKind != JsonValueKind.Object || IdOf(json) is not { } id)
            {
                return $"Must be an object with exactly one of 'userId', 'anonymousId' (texts of 1 to {MaxIdBytes} bytes) and 'externalId' ({{\"type\", \"id\"}}, an id of 1 to {MaxExternalIdBytes} bytes).";
            }

            return id.Name == "externalId" && _vocabulary.KindOf(System.Text.Encoding.UTF8.GetBytes(id.Value.GetProperty("type").GetString()!)) == 0
                ? "Is of a type of external ids that is not declared (Identity:Kinds)."
                : null;
        }
        catch (JsonException error)
        {
            return $"Is not JSON from byte {error.BytePositionInLine} on.";
        }
    }

    /// <summary>With two identifiers two people would become one, and that is not for a list to say.</summary>
    private static (string Name, JsonElement Value)? IdOf(JsonElement member)
    {
        var members = member.EnumerateObject().Take(2).ToList();
        if (members.Count != 1)
        {
            return null;
        }

        var (name, value) = (members[0].Name, members[0].Value);
        var isId = name switch
        {
            "userId" or "anonymousId" => IsText(value, MaxIdBytes),
            "externalId" => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 2 &&
                value.TryGetProperty("type", out var type) && IsText(type, MaxTypeBytes) && value.TryGetProperty("id", out var id) && IsText(id, MaxExternalIdBytes),
            _ => false,
        };
        return isId ? (name, value) : null;
    }

    private static bool IsText(JsonElement value, int maxBytes)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            return System.Text.Encoding.UTF8.GetByteCount(value.GetString()!) is var length && length > 0 && length <= maxBytes;
        }
        catch (InvalidOperationException) // Half a surrogate pair is no text.
        {
            return false;
        }
    }
}
