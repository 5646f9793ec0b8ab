using Personalization.Features.Domain.Conditions.Reading;

namespace Personalization.Features.Domain.Declared;

/// <summary>Reads when events count: <c>window</c>, <c>grain</c>, <c>halfLife</c> and <c>per</c>, and what an aggregate takes for them when they are not there.</summary>
internal sealed class FeatureWindowReader(AggregateKind aggregate, FeatureKey key, Members members, Faults faults)
{
    public const long MinWindowMs = 60_000;
    public const long MaxWindowMs = 90L * 86_400_000;
    public const int MaxPanes = 512;

    /// <summary>A first value is kept for each pane, and a value may be a text.</summary>
    private const int MaxPanesOfFirst = 128;
    private const int DefaultPanes = 60;
    private const long Second = 1_000;
    private const long Hour = 3_600_000;
    private const long Day = 86_400_000;
    private const long MinHalfLifeMs = 60_000;

    private bool IsDecaying => aggregate is AggregateKind.DecayedSum or AggregateKind.Affinity;

    public FeatureWindow Read(out long halfLifeMs, out long perMs)
    {
        perMs = ReadOnly("per", aggregate == AggregateKind.Rate, "Only a rate is per something.") ?? Day;
        halfLifeMs = ReadOnly("halfLife", IsDecaying, "Only decayed sums and affinities have a half-life.") ?? 30 * Day;
        if (IsDecaying && halfLifeMs < MinHalfLifeMs)
        {
            faults.Add("/halfLife", "Must be at least \"1m\".");
            halfLifeMs = MinHalfLifeMs;
        }

        var (kind, lengthMs) = ReadWindow();
        return new FeatureWindow(kind, lengthMs, ReadGrain(kind, lengthMs, halfLifeMs));
    }

    private (WindowKind Kind, long LengthMs) ReadWindow()
    {
        var isThere = members.TryTake("window", out var json);
        if (!isThere && aggregate is AggregateKind.Count or AggregateKind.Sum or AggregateKind.Min or AggregateKind.Max or AggregateKind.Average or AggregateKind.Distinct or AggregateKind.Rate)
        {
            faults.Add("", "Lacks 'window': a length such as \"30d\", \"session\" or \"lifetime\".");
        }

        if (!isThere || faults.Text(json, "/window", "a length such as \"30d\", \"session\" or \"lifetime\"") is not { } word)
        {
            return (WindowKind.Lifetime, 0);
        }

        if (IsDecaying && word != "lifetime")
        {
            faults.Add("/window", "What decays needs no window: its half-life says how long events matter.");
            return (WindowKind.Lifetime, 0);
        }

        return word switch
        {
            "lifetime" => OrFault(WindowKind.Lifetime, aggregate == AggregateKind.Rate, "A rate is over a window that has a length."),
            "session" when key == FeatureKey.Item => OrFault(WindowKind.Lifetime, true, "Items have no sessions."),
            "session" => OrFault(WindowKind.Session, aggregate is AggregateKind.Rate or AggregateKind.Recency, "A rate or recency is not of a session."),
            _ => ReadLength(),
        };

        (WindowKind, long) ReadLength()
        {
            var lengthMs = faults.Length(json, "/window") ?? MinWindowMs;
            if (lengthMs is >= MinWindowMs and <= MaxWindowMs)
            {
                return (WindowKind.Sliding, lengthMs);
            }

            return OrFault(WindowKind.Lifetime, true, "Must be from \"1m\" to \"90d\", or \"session\" or \"lifetime\".");
        }

        (WindowKind, long) OrFault(WindowKind kind, bool isFault, string message)
        {
            if (isFault)
            {
                faults.Add("/window", message);
            }

            return (kind, 0);
        }
    }

    private long ReadGrain(WindowKind kind, long lengthMs, long halfLifeMs)
    {
        var isUsed = kind == WindowKind.Sliding || IsDecaying || aggregate == AggregateKind.Recency;
        if (ReadOnly("grain", isUsed, "Only what changes with time has a grain.") is not { } grainMs)
        {
            return kind == WindowKind.Sliding ? DefaultGrain(lengthMs) : IsDecaying ? Math.Max(Second, halfLifeMs / DefaultPanes / Second * Second) : Hour;
        }

        if (kind != WindowKind.Sliding)
        {
            return grainMs;
        }

        var most = aggregate == AggregateKind.First ? MaxPanesOfFirst : MaxPanes;
        if (lengthMs % grainMs != 0 || lengthMs / grainMs > most)
        {
            faults.Add("/grain", $"Must divide the window, into at most {most} parts: each takes memory.");
            return lengthMs;
        }

        return grainMs;
    }

    /// <summary>The finest grain of whole seconds that divides the window into at most 60 parts.</summary>
    private static long DefaultGrain(long lengthMs)
    {
        var seconds = lengthMs / Second;
        var grain = (seconds + DefaultPanes - 1) / DefaultPanes;
        while (seconds % grain != 0)
        {
            grain++;
        }

        return grain * Second;
    }

    private long? ReadOnly(string name, bool isUsed, string why)
    {
        if (!members.TryTake(name, out var json))
        {
            return null;
        }

        if (isUsed)
        {
            return faults.Length(json, $"/{name}");
        }

        faults.Add($"/{name}", why);
        return null;
    }
}
