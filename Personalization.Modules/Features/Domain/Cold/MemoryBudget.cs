namespace Personalization.Features.Domain.Cold;

/// <summary>How much memory profiles may take, and how much of it is taken at the start.</summary>
internal sealed class MemoryBudget
{
    private const double KeptShare = 0.9;
    private readonly int _states;
    private int _loadedStates;
    private long _loadedBytes;

    /// <param name="options">The ceiling.</param>
    /// <param name="states">States that share it.</param>
    public MemoryBudget(MemoryOptions options, int states)
    {
        _states = states;
        CeilingBytes = options.CeilingMiB > 0 ? (long)options.CeilingMiB << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3;
    }

    public long CeilingBytes { get; }

    /// <summary>A sweep ends here: a little below, or the next event would need another.</summary>
    public long KeptBytes => (long)(CeilingBytes * KeptShare);

    /// <summary>
    /// What the next state may load at the start, beside what it holds: an equal share of what those before it have left. The rest of its profiles
    /// come back when they are asked for.
    /// </summary>
    public long LoadBytes(long held) => held + ((KeptBytes - _loadedBytes) / Math.Max(1, _states - _loadedStates));

    /// <summary>A state has loaded what it may. States load one after the other.</summary>
    public void Loaded(long bytes)
    {
        _loadedStates++;
        _loadedBytes += bytes;
    }
}
