using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>
/// Reads filters, from a query or from a JSON object, under the same names: <c>reason</c>, <c>state</c>, <c>source</c>, <c>event</c>,
/// <c>fault</c>, <c>stage</c>, <c>messageId</c>, <c>from</c>, <c>to</c>, <c>userId</c>, <c>anonymousId</c>.
/// </summary>
internal static class FilterReader
{
    /// <summary>Null when a value is none, which <paramref name="fault"/> then names. Other parameters of the query are left alone.</summary>
    public static DeadLetterFilter? Read(IQueryCollection query, KeyHasher hasher, out string fault)
    {
        var filter = new DeadLetterFilter();
        fault = "";
        foreach (var (name, values) in query)
        {
            if (values is [{ Length: > 0 } text])
            {
                filter = Set(filter, name, text, hasher, out var isKnown);
                fault = filter is null && isKnown ? $"'{name}' is not valid." : "";
                if (filter is null)
                {
                    return null;
                }
            }
        }

        return filter;
    }

    /// <summary>The same from an object, in which an unknown name is a mistake: it would otherwise mean more letters than was meant.</summary>
    public static DeadLetterFilter? Read(JsonElement json, KeyHasher hasher, out string fault)
    {
        fault = "'filter' must be an object.";
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        DeadLetterFilter? filter = new();
        foreach (var field in json.EnumerateObject())
        {
            var text = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString() : null;
            var isKnown = false;
            filter = string.IsNullOrEmpty(text) ? null : Set(filter, field.Name, text, hasher, out isKnown);
            if (filter is null || !isKnown)
            {
                fault = $"'{field.Name}' is not valid in a filter.";
                return null;
            }
        }

        return filter;
    }

    private static DeadLetterFilter? Set(DeadLetterFilter filter, string name, string text, KeyHasher hasher, out bool isKnown)
    {
        isKnown = true;
        switch (name)
        {
            case "reason":
                return LetterNames.Find<DeadLetterReason>(text) is { } reason ? filter with { Reason = reason } : null;
            case "state":
                return LetterNames.Find<DeadLetterState>(text) is { } state ? filter with { State = state } : null;
            case "source":
                return filter with { Source = text };
            case "event":
                return filter with { Event = text };
            case "fault":
                return filter with { Fault = text };
            case "stage":
                return filter with { Stage = text };
            case "messageId":
                return filter with { MessageId = text };
            case "from":
                return TryTime(text, out var fromMs) ? filter with { FromMs = fromMs } : null;
            case "to":
                return TryTime(text, out var untilMs) ? filter with { UntilMs = untilMs } : null;
            case "userId":
                return filter with { SubjectKey = hasher.Hash(KeySpace.UserId, Encoding.UTF8.GetBytes(text)) };
            case "anonymousId":
                return filter with { SubjectKey = hasher.Hash(KeySpace.AnonymousId, Encoding.UTF8.GetBytes(text)) };
            default:
                isKnown = false;
                return filter;
        }
    }

    private static bool TryTime(string text, out long unixMs)
    {
        var isTime = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        unixMs = time.ToUnixTimeMilliseconds();
        return isTime;
    }
}
