using System.ComponentModel.DataAnnotations;

// A world with numbers that anybody may set to anything.
namespace Personalization.Planted.Options.Tracking;

public sealed class TrackingOptions
{
    public int Unbounded { get; set; }

    public double? PerhapsUnbounded { get; init; }

    [Range(1, 10)]
    public int InnocentlyBounded { get; set; } = 5;

    public string? InnocentText { get; set; }

    public int InnocentlyComputed => InnocentlyBounded * 2;
}

public sealed class InnocentSettings
{
    public int NotConfigured { get; set; }
}
