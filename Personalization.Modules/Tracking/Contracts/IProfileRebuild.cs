namespace Personalization.Tracking.Contracts;

/// <summary>
/// Changes profiles outside the flow of events: what an administrator did, at its place in the log. Only for the handler of a log entry,
/// on the sequencer's thread.
/// </summary>
public interface IProfileRebuild
{
    /// <summary>
    /// Completes when no stage runs, every earlier event has been applied, and what was due by the log's clock has been treated. Nothing
    /// else here may be called before.
    /// </summary>
    ValueTask RestAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The same for an entry that tells its own time: the log's clock comes to it first, so that what the entry does sees the state of then.
    /// </summary>
    /// <param name="atMs">When the entry was made, Unix ms, as it stands in the log.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    ValueTask RestAsync(long atMs, CancellationToken cancellationToken);

    /// <summary>Moves the state of one profile into another, in every stage.</summary>
    void Merge(int fromProfileId, int intoProfileId);

    /// <summary>
    /// Makes profiles anew from the log: every stage forgets them and sees their events once more, in log order. Events are streamed, one
    /// block of the log at a time. An event that a stage throws on is parked, as when it came.
    /// </summary>
    /// <exception cref="InvalidDataException">The log is damaged.</exception>
    Task<RebuildReport> RebuildAsync(IRebuildPlan plan, CancellationToken cancellationToken);
}

/// <summary>Which events are applied once more, and whose they are. Asked in log order, by one thread at a time.</summary>
public interface IRebuildPlan
{
    /// <summary>All profiles that are forgotten: every number that an event of the plan belongs to, or a merge names.</summary>
    IReadOnlySet<int> ProfileIds { get; }

    /// <summary>Places of the events, ascending, without those that never were applied.</summary>
    ReadOnlyMemory<long> Offsets { get; }

    /// <summary>The next merge that lies at or before a place; asked until there is none.</summary>
    bool TryTakeMerge(long throughOffset, out int fromProfileId, out int intoProfileId);

    /// <summary>Sets whose event it is now: <see cref="TrackedEvent.HomeProfileId"/> and <see cref="TrackedEvent.ProfileId"/>.</summary>
    void Assign(TrackedEvent trackedEvent);
}

/// <summary>What making profiles anew came to.</summary>
/// <param name="Profiles">Profiles that were forgotten.</param>
/// <param name="Events">Events that were applied once more.</param>
/// <param name="Failed">Those of them that a stage threw on.</param>
/// <param name="Rested">How long the stages saw no other event.</param>
public sealed record RebuildReport(int Profiles, long Events, long Failed, TimeSpan Rested);
