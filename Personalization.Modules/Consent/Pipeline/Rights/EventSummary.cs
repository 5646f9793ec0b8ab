using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// What a person's events tell beside themselves: under which identifiers they came, what was said about consent and when it changed,
/// and which recommendations were shown. Bounded; what is beyond stands in the events only, and the bundle says so.
/// </summary>
internal sealed class EventSummary
{
    private const int MaxEntries = 10_000;
    private readonly SortedSet<(string Kind, string Value)> _identifiers = [];
    private readonly List<(long AtMs, string Statement)> _consent = [];
    private readonly List<Shown> _shown = [];
    private bool _isCut;

    public void Add(StoredEvent stored, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        AddIdentifier(json, "userId", "user_id");
        AddIdentifier(json, "anonymousId", "anonymous_id");
        AddIdentifier(json, "previousId", "previous_id");
        foreach (var traits in Objects(json, "traits"))
        {
            AddIdentifier(traits, "email", "email");
            AddIdentifier(traits, "phone", "phone");
        }

        foreach (var consent in Objects(json, "context").SelectMany(context => Objects(context, "consent")))
        {
            AddConsent(stored.TimestampMs, consent.GetRawText());
        }

        foreach (var properties in Objects(json, "properties"))
        {
            if (Text(properties, "decision_id") is { } decision)
            {
                AddShown(new Shown(stored.Offset, stored.TimestampMs, Text(json, "event") ?? "", decision, Text(properties, "placement")));
            }
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("identifiers");
        foreach (var (kind, value) in _identifiers)
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("consentHistory");
        foreach (var (atMs, statement) in _consent)
        {
            json.WriteStartObject();
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(atMs));
            json.WritePropertyName("statement");
            json.WriteRawValue(statement);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("recommendationsShown");
        foreach (var shown in _shown)
        {
            json.WriteStartObject();
            json.WriteNumber("offset", shown.Offset);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(shown.AtMs));
            json.WriteString("event", shown.Event);
            json.WriteString("decision", shown.Decision);
            json.WriteString("placement", shown.Placement);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("moreInEvents", _isCut);
    }

    private void AddIdentifier(JsonElement json, string name, string kind)
    {
        if (Text(json, name) is { Length: > 0 } value && HasRoom(_identifiers.Count))
        {
            _identifiers.Add((kind, value));
        }
    }

    /// <summary>Pages repeat what was said with each event; the history holds changes.</summary>
    private void AddConsent(long atMs, string statement)
    {
        if ((_consent.Count == 0 || _consent[^1].Statement != statement) && HasRoom(_consent.Count))
        {
            _consent.Add((atMs, statement));
        }
    }

    private void AddShown(Shown shown)
    {
        if (HasRoom(_shown.Count))
        {
            _shown.Add(shown);
        }
    }

    private bool HasRoom(int count)
    {
        _isCut |= count >= MaxEntries;
        return count < MaxEntries;
    }

    private static IEnumerable<JsonElement> Objects(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? [value] : [];

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Shown(long Offset, long AtMs, string Event, string Decision, string? Placement);
}
