namespace Personalization.Kernel.Privacy;

/// <summary>How far a request about a person is. Numbers are on disk.</summary>
public enum TombstoneState
{
    /// <summary>Nothing new is taken in; what was there stays.</summary>
    Suppressed = 0,

    /// <summary>The erasure was ordered and is not done yet: it goes on by itself, also after a crash.</summary>
    Erasing = 1,

    /// <summary>Everything is erased and receipted.</summary>
    Erased = 2,
}

/// <summary>What is remembered of a request about a person. Nothing in it tells who it was.</summary>
/// <param name="RequestId">As the request was named when it was made.</param>
/// <param name="State">How far it is.</param>
/// <param name="RequestedAt">From then on the person's events are not taken in.</param>
/// <param name="CompletedAt">When the last receipt was written; null before.</param>
/// <param name="ReappliedAt">When it was last carried out again, on a log that came from a backup or after a crash; null when never.</param>
/// <param name="LiftedAt">When the suppression was lifted; null while it holds.</param>
/// <param name="LiftReason">Why it was.</param>
/// <param name="Identifiers">Identifiers that are suppressed.</param>
/// <param name="Profiles">Profiles that the person had.</param>
/// <param name="Events">Events that were erased from the log.</param>
/// <param name="Withheld">Events of the person that came since and were not taken in, or were dropped from an old log.</param>
public sealed record Tombstone(
    string RequestId,
    TombstoneState State,
    DateTimeOffset RequestedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? ReappliedAt,
    DateTimeOffset? LiftedAt,
    string? LiftReason,
    long Identifiers,
    long Profiles,
    long Events,
    long Withheld);

/// <summary>What one store says of an erasure.</summary>
/// <param name="Store">The store's stable name.</param>
/// <param name="Found">Things of the person that were there.</param>
/// <param name="Removed">Things that were removed.</param>
/// <param name="Method">How.</param>
/// <param name="At">When.</param>
/// <param name="Hash">SHA-256 over the hash of the receipt before, of whichever erasure, and this one; in hexadecimal.</param>
public sealed record StoreReceipt(string Store, long Found, long Removed, string Method, DateTimeOffset At, string Hash);
