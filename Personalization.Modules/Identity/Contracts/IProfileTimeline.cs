namespace Personalization.Identity.Contracts;

/// <summary>Finds a profile's events without a scan of the log. Reads disk: not for the decision path. Thread-safe.</summary>
public interface IProfileTimeline
{
    /// <summary>
    /// Offsets of all events of these profiles, ascending. Pass every profile that was merged into the person. For a few seconds
    /// after a checkpoint began, offsets that are on their way to disk may be missing.
    /// </summary>
    IReadOnlyList<long> Offsets(IReadOnlySet<int> profileIds);

    /// <summary>
    /// For each place of the log from 0 to below one whose event lies there: the profile that it is kept under, before merges; -1 where no
    /// applied event is. Four bytes a place, and a pass over the whole timeline. Complete while the pipeline rests and no checkpoint is on its
    /// way to disk; holds until a merge is taken back.
    /// </summary>
    int[] Homes(long endOffset);
}
