namespace Personalization.Tests.Features.Model;

/// <summary>One product of an event, as it was told.</summary>
internal sealed record PastLine(string? Id = null, string? Category = null, string? Brand = null, double? Price = null, double Quantity = 1);

/// <summary>
/// One event of a person, as it was told. Values are null, <see cref="bool"/>, <see cref="double"/> or <see cref="string"/>; properties go by
/// their path, context by <c>context.…</c>.
/// </summary>
internal sealed record PastEvent(long TimeMs, long Place, string Name)
{
    public IReadOnlyDictionary<string, object?> Properties { get; init; } = new Dictionary<string, object?>();

    public IReadOnlyList<PastLine> Lines { get; init; } = [];

    public double? Revenue { get; init; }

    /// <summary>0 for none.</summary>
    public long Session { get; init; }

    public bool IsHistorical { get; init; }

    /// <summary>How long before it came it happened.</summary>
    public long AgeMs { get; init; }
}

/// <summary>What was last said of a person.</summary>
internal sealed record PastTrait(object? Value, long TimeMs, long Place, long ExpiresAtMs = long.MaxValue);

/// <summary>All that is known of one person at one place of a history. What others keep of them is asked through functions.</summary>
internal sealed record Person
{
    /// <summary>In any order.</summary>
    public IReadOnlyList<PastEvent> Events { get; init; } = [];

    public IReadOnlyDictionary<string, PastTrait> Traits { get; init; } = new Dictionary<string, PastTrait>();

    public long SessionGapMs { get; init; } = (long)TimeSpan.FromMinutes(30).TotalMilliseconds;

    /// <summary>Value of a feature as of a time.</summary>
    public Func<string, long, object?> Feature { get; init; } = static (_, _) => null;

    public Func<string, bool> IsIn { get; init; } = static _ => false;

    public Func<string, bool> IsOn { get; init; } = static _ => false;

    /// <summary>Where the person falls in [0, 1) for a seed.</summary>
    public Func<string, double> Share { get; init; } = static _ => 1;

    public Func<string, bool> Grants { get; init; } = static _ => true;

    /// <summary>Completed steps of a funnel as of a time.</summary>
    public Func<string, long, int> Stage { get; init; } = static (_, _) => 0;
}
