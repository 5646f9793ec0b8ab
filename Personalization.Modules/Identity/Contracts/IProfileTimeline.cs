namespace Personalization.Identity.Contracts;

/// <summary>Finds a profile's events without a scan of the log. Reads disk: not for the decision path. Thread-safe.</summary>
public interface IProfileTimeline
{
    /// <summary>
    /// Offsets of all events of these profiles, ascending. Pass every profile that was merged into the person. For a few seconds
    /// after a checkpoint began, offsets that are on their way to disk may be missing.
    /// </summary>
    IReadOnlyList<long> Offsets(IReadOnlySet<int> profileIds);
}
