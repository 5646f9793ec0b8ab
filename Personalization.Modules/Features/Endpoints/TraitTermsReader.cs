using System.Globalization;
using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Endpoints;

/// <summary>Reads who says something of people, and on which terms, from a query.</summary>
internal static class TraitTermsReader
{
    private const int MaxSource = 64;
    private const int MaxLicence = 128;
    private const int MaxDays = 3_650;

    /// <summary><c>source</c>, <c>licence</c>, and <c>expiresAt</c> (ISO 8601) or <c>ttlDays</c> (1 to 3,650). Adds a fault for each that is wrong.</summary>
    public static TraitTerms Read(IQueryCollection query, DateTimeOffset now, List<string> faults)
    {
        var source = Text(query, "source", MaxSource, faults);
        var licence = Text(query, "licence", MaxLicence, faults);
        return new TraitTerms(source, licence, ExpiresAtMs(query, now, faults));
    }

    private static string Text(IQueryCollection query, string name, int max, List<string> faults)
    {
        var text = query[name].ToString();
        if (text.Length is 0 || text.Length > max || text.Any(char.IsControl))
        {
            faults.Add($"'{name}' must be 1 to {max} characters, none of them a control character.");
        }

        return text;
    }

    private static long ExpiresAtMs(IQueryCollection query, DateTimeOffset now, List<string> faults)
    {
        var (expiresAt, ttlDays) = (query["expiresAt"].ToString(), query["ttlDays"].ToString());
        if ((expiresAt.Length > 0) == (ttlDays.Length > 0))
        {
            faults.Add("Either 'expiresAt' or 'ttlDays' must be given: what others say does not hold for ever.");
            return 0;
        }

        if (ttlDays.Length > 0)
        {
            if (int.TryParse(ttlDays, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MaxDays)
            {
                return now.AddDays(days).ToUnixTimeMilliseconds();
            }

            faults.Add($"'ttlDays' must be a whole number from 1 to {MaxDays}.");
            return 0;
        }

        if (DateTimeOffset.TryParse(expiresAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time > now && time <= now.AddDays(MaxDays))
        {
            return time.ToUnixTimeMilliseconds();
        }

        faults.Add($"'expiresAt' must be a time (ISO 8601) after now, at most {MaxDays} days.");
        return 0;
    }
}
