namespace Personalization.Tracking.Contracts;

/// <summary>
/// Runs for every event in log order on the sequencer's thread, before the event is routed to a partition. This is where
/// names become numbers: the assignment is a function of the log's order alone, so replay repeats it exactly.
/// Steps run in the order in which modules were added; a dropped event ends there.
/// </summary>
public interface ISequencerStep
{
    void Resolve(TrackedEvent trackedEvent);

    /// <summary>
    /// Instead of <see cref="Resolve"/>, for an event that failed further on and is taken up again where it stopped: the step has had its
    /// effect already, at the event's first place in the log, and only tells the numbers once more. The profile that the
    /// event had is set. A step that changes nothing when it resolves an event twice needs no other.
    /// </summary>
    void Resume(TrackedEvent trackedEvent) => Resolve(trackedEvent);

    /// <summary>
    /// Instead of <see cref="Resolve"/>, for an event that is applied once more to make a profile anew (<see cref="TrackedEvent.IsRebuilt"/>).
    /// Its profile is set. The step tells the numbers that it told when the event came, and gives no new ones.
    /// </summary>
    void Rebuild(TrackedEvent trackedEvent)
    {
    }

    /// <summary>
    /// An event that stays in the log and is not applied: a duplicate, or one that must not be known. Called after all steps that it came
    /// through, for each step: who keeps places of the log must know of it too.
    /// </summary>
    void Dropped(TrackedEvent trackedEvent)
    {
    }
}

/// <summary>
/// Runs for every event on the loop of the profile's partition, in log order per profile. Stages run in the order in which
/// modules were added. A stage owns its state for the partition's profiles: nobody else writes it, so it takes no locks.
/// </summary>
public interface IEventStage
{
    void Apply(TrackedEvent trackedEvent);

    /// <summary>
    /// Instead of <see cref="Apply"/>, for an event that failed in a later stage and is taken up again there: this one has had its effect already, and only
    /// tells those behind it what it told them then, as of now: who has withdrawn consent in the meantime has. Most stages tell nothing.
    /// </summary>
    void Resume(TrackedEvent trackedEvent)
    {
    }

    /// <summary>
    /// Moves the state of one profile into another. All earlier events of both have been applied, no later one has.
    /// Called before <see cref="Apply"/> of the event that caused it.
    /// </summary>
    void Merge(int fromProfileId, int intoProfileId);

    /// <summary>
    /// A profile leaves a partition because it is merged into one of another. On the loop that has owned it, behind the last of its events and
    /// before <see cref="Merge"/> on the other loop: from here on this loop does nothing for it of itself, such as at a time that it waited for.
    /// </summary>
    void HandOver(int profileId)
    {
    }

    /// <summary>
    /// Forgets what the stage keeps of one profile, as if none of its events had come: they are applied once more after this
    /// (<see cref="TrackedEvent.IsRebuilt"/>). What the stage counts across profiles stays. The pipeline is at rest.
    /// </summary>
    void Forget(int profileId);

    /// <summary>
    /// These profiles are made anew, because a merge is taken back or identifiers move: the stage forgets them, then each of their events
    /// comes through <see cref="Apply"/> once more in log order, with <see cref="Merge"/> in between for the merges that still hold, then
    /// <see cref="EndRebuild"/>. The state afterwards must be what it were if the merge had never been. What is counted over everyone
    /// (popularity, segments' sizes, caps of a campaign) has the events already: <see cref="TrackedEvent.IsRebuilt"/> tells. The pipeline
    /// is at rest all the while; readers are not.
    /// </summary>
    void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        foreach (var profileId in profileIds)
        {
            Forget(profileId);
        }
    }

    /// <summary>All events have come: what the stage put aside in the meantime goes to its place.</summary>
    void EndRebuild()
    {
    }
}
