using System.Collections.Frozen;

namespace Personalization.Kernel.Replay;

/// <summary>
/// Registered for a replay that recomputes some profiles only: those that were drawn, and with them whoever was ever joined to one, whose state they have
/// or had. Everybody's events pass the steps, since numbers are given there; the stages see those of the sample alone. Thread-safe.
/// </summary>
internal sealed class ReplaySample
{
    private string? _unforeseen;

    /// <summary>Whose rows are compared.</summary>
    public IReadOnlySet<int> Drawn { get; private set; } = FrozenSet<int>.Empty;

    /// <summary>Whose events are applied, by the profile's number before merges or after them: a merge never has one end in here only.</summary>
    public IReadOnlySet<int> Applied { get; private set; } = FrozenSet<int>.Empty;

    /// <summary>What the replay came upon that speaks against the sample; null when nothing does.</summary>
    public string? Unforeseen => Volatile.Read(ref _unforeseen);

    /// <summary>Once, before the first event: which tables there are is known only by the replay's own states.</summary>
    public void Choose(IReadOnlySet<int> drawn, IReadOnlySet<int> applied) => (Drawn, Applied) = (drawn, applied);

    /// <summary>Whether the stages see an event.</summary>
    /// <param name="profileId">Whose it is.</param>
    /// <param name="mergedProfileId">The profile that it merges into that one; -1 for none.</param>
    /// <param name="offset">Its place in the log.</param>
    public bool Takes(int profileId, int mergedProfileId, long offset)
    {
        var isApplied = Applied.Contains(profileId);
        if (mergedProfileId >= 0 && Applied.Contains(mergedProfileId) != isApplied)
        {
            // What the one of them did before was applied and what the other did was not: the rows would say nothing.
            Interlocked.CompareExchange(
                ref _unforeseen, $"The log merges profile {mergedProfileId} into {profileId} at offset {offset}, of which the graph in the checkpoint knows nothing.", null);
        }

        return isApplied;
    }
}
