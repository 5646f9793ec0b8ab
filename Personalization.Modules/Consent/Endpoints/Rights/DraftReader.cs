using System.Text;
using System.Text.Json;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>What is wrong with a request: where, and why, without a word of what stood there.</summary>
internal sealed record DraftFault(string Reason, string Message);

/// <summary>What both forms of a request have in common. Faults name fields, never values: those are personal.</summary>
internal static class DraftReader
{
    private const int MaxValueBytes = 1_024;

    public static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    /// <summary>The text of a field; null when it is missing or no text.</summary>
    public static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? Text(value) : null;

    /// <summary>The text; null when it is none: a number, half a surrogate pair, bytes that are no UTF-8.</summary>
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static IEnumerable<JsonElement> Items(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public static string? Regulation(JsonElement json, List<DraftFault> faults)
    {
        // OpenDSR's own example has none: then the stricter term applies.
        var regulation = json.TryGetProperty("regulation", out _) ? Text(json, "regulation") : RightsCalendar.Gdpr;
        if (regulation is null || !RightsCalendar.IsKnown(regulation))
        {
            faults.Add(new DraftFault("unsupported_regulation", "'regulation' must be gdpr or ccpa."));
        }

        return regulation;
    }

    /// <summary>RFC 3339, with an offset: without one nobody knows when it was.</summary>
    public static DateTimeOffset? Moment(JsonElement json, string name, DateTimeOffset now, bool isNeeded, List<DraftFault> faults)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            if (isNeeded)
            {
                faults.Add(new DraftFault("missing_field", $"'{name}' is missing."));
            }

            return null;
        }

        if (Text(value) is not { } text || !HasOffset(text) || !value.TryGetDateTimeOffset(out var moment))
        {
            faults.Add(new DraftFault("invalid_time", $"'{name}' must be a time as RFC 3339 writes it."));
            return null;
        }

        if (moment > now.AddDays(1))
        {
            faults.Add(new DraftFault("invalid_time", $"'{name}' lies in the future."));
        }

        return moment.ToUniversalTime();
    }

    public static IReadOnlyList<string> Callbacks(JsonElement json, string name, int most, List<DraftFault> faults)
    {
        if (json.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
        {
            faults.Add(new DraftFault("invalid_callback", $"'{name}' must be a list of addresses."));
        }

        var urls = Items(json, name).Select(url => Text(url) ?? "").Distinct(StringComparer.Ordinal).ToList();
        if (urls.Count > most)
        {
            faults.Add(new DraftFault("too_many_callbacks", $"'{name}' may have at most {most} addresses."));
        }
        else if (urls.Any(url => OutboundAddress.Parse(url) is null))
        {
            faults.Add(new DraftFault("invalid_callback", $"'{name}' must hold http or https addresses, without a user name in them."));
        }

        return urls;
    }

    /// <summary>Whether a value can be an identifier at all.</summary>
    public static bool IsValue(string? value) =>
        value is { Length: > 0 } && Encoding.UTF8.GetByteCount(value) <= MaxValueBytes && !value.Any(char.IsControl) && value.Trim().Length > 0;

    private static bool HasOffset(string text) =>
        text.EndsWith('Z') || text.EndsWith('z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
}
