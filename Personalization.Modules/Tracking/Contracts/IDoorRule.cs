namespace Personalization.Tracking.Contracts;

/// <summary>
/// Decides at the door, before anything is written, whether an event may be kept at all. One that may not is answered like any other, counted,
/// and never reaches the disk: neither the log nor the dead letters. Several rules may be registered; the first that objects decides.
/// </summary>
public interface IDoorRule
{
    /// <summary>
    /// On the request's thread, for each event of a request, its keys and source set. Reads memory only, allocates nothing, never throws.
    /// </summary>
    /// <returns><see cref="DropReason.None"/> for an event that may be kept.</returns>
    DropReason Check(TrackedEvent trackedEvent);
}
