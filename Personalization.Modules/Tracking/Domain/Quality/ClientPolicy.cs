using System.Globalization;

namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Whether a client behaves like a program: too quick by far, or two weaker signs together. One sign alone may be a tab that reloads, a
/// browser that sends its backlog or somebody in a hurry.
/// </summary>
/// <param name="EventsPerMinute">Events that no person sends.</param>
/// <param name="ProductsPerMinute">Products that no person looks at.</param>
internal sealed record ClientPolicy(int EventsPerMinute, int ProductsPerMinute)
{
    private const int MinGaps = 60;
    private const double RegularVariation = 0.1;
    private const int MinSameTimes = 100;
    private const long TirelessMs = 2 * 3_600_000;
    private const int TirelessEvents = 500;

    /// <summary>The evidence, or null for what may be a person.</summary>
    public string? Judge(ClientActivity client)
    {
        var signs = new List<string>(4);
        if (client.Gaps >= MinGaps && client.GapVariation < RegularVariation)
        {
            signs.Add(string.Create(CultureInfo.InvariantCulture, $"regular as a clock (gaps of {client.MeanGapMs / 1000:0.##} s vary by {client.GapVariation:P0})"));
        }

        if (client.Products >= ProductsPerMinute)
        {
            signs.Add($"{client.Products} products looked at within a minute");
        }

        if (client.SameTimes >= MinSameTimes && client.SameTimes * 2 > client.RunEvents)
        {
            signs.Add($"{client.SameTimes} of {client.RunEvents} events bear the time of the one before");
        }

        if (client.LastReceivedMs - client.RunStartMs >= TirelessMs && client.RunEvents >= TirelessEvents)
        {
            signs.Add($"{(client.LastReceivedMs - client.RunStartMs) / 60_000} minutes without a pause");
        }

        var isTooQuick = client.Events >= EventsPerMinute;
        if (isTooQuick)
        {
            signs.Insert(0, $"{client.Events} events within a minute");
        }

        return isTooQuick || signs.Count >= 2 ? string.Join("; ", signs) : null;
    }
}
