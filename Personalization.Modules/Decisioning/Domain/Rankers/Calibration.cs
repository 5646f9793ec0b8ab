namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>Items of which about as much was expected.</summary>
/// <param name="Items">Places of answers that were seen.</param>
/// <param name="Expected">Mean reward that was expected of them, at the places where they stood.</param>
/// <param name="Observed">Mean reward that came of them.</param>
internal readonly record struct CalibrationBin(long Items, double Expected, double Observed);

/// <summary>
/// Whether a ranker gets what it expects. What it expected of an item when it decided, times how likely the item's place is looked at, against what came of it.
/// Bins are octaves, since most rewards are small. One thread.
/// </summary>
internal sealed class Calibration
{
    /// <summary>The last one for 0.5 to 1, the first one for everything below 0.1 %.</summary>
    public const int BinCount = 11;
    private readonly (long Items, double Expected, double Observed)[] _bins = new (long Items, double Expected, double Observed)[BinCount];

    public long Items => _bins.Sum(bin => bin.Items);

    public double Expected => Mean(bin => bin.Expected);

    public double Observed => Mean(bin => bin.Observed);

    /// <summary>Mean distance of bins from what was expected, each by its items: the expected calibration error.</summary>
    public double Error => Items == 0 ? 0 : _bins.Sum(bin => Math.Abs(bin.Observed - bin.Expected)) / Items;

    public IReadOnlyList<CalibrationBin> Bins =>
        [.. _bins.Where(bin => bin.Items > 0).Select(bin => new CalibrationBin(bin.Items, bin.Expected / bin.Items, bin.Observed / bin.Items))];

    public void Add(double expected, double observed)
    {
        ref var bin = ref _bins[expected <= 0 ? 0 : Math.Clamp((int)Math.Floor(Math.Log2(expected)) + BinCount, 0, BinCount - 1)];
        bin = (bin.Items + 1, bin.Expected + expected, bin.Observed + observed);
    }

    private double Mean(Func<(long Items, double Expected, double Observed), double> value) => Items == 0 ? 0 : _bins.Sum(value) / Items;
}
