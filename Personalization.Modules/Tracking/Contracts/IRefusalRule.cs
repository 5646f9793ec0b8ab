namespace Personalization.Tracking.Contracts;

/// <summary>
/// Decides at the door whether what was refused there may be kept as a dead letter: the counterpart of <see cref="IDoorRule"/> for events that are not valid,
/// or cannot be read at all. What may not is counted, and never reaches the disk. Several rules may be registered; the first that objects decides.
/// </summary>
public interface IRefusalRule
{
    /// <summary>On the request's thread. Reads memory only, never throws.</summary>
    /// <param name="subjects">Keyed hashes of every id that stands in it, each as a user id and as an anonymous id; those of a whole request are of several people.</param>
    /// <param name="consent">What the event says itself; nothing when that cannot be told.</param>
    bool MayKeep(IReadOnlyCollection<UInt128> subjects, ConsentSignal consent);
}
