namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>Why something was not taken, or not applied. Stored by number: numbers stay.</summary>
internal enum DeadLetterReason : byte
{
    /// <summary>The body could not be read: not JSON, damaged, of another shape or encoding.</summary>
    Unparsable = 1,

    /// <summary>No valid write key. Of a known source when the key was once one of its own.</summary>
    Unauthenticated,

    /// <summary>One event that breaks the protocol or its schema.</summary>
    Invalid,

    /// <summary>An event, a body or a number of events beyond its bound.</summary>
    Oversized,

    /// <summary>Left out because the person was erased or suppressed. Nothing of the event itself is kept.</summary>
    Suppressed,

    /// <summary>In the log, but a step or stage threw on it.</summary>
    Failed,
}

/// <summary>What has been done about a letter. Stored by number: numbers stay.</summary>
internal enum DeadLetterState : byte
{
    Open = 1,

    /// <summary>Its body was changed since it was last tried.</summary>
    Corrected,

    /// <summary>It is in the log now; a parked event that fails again becomes open again.</summary>
    Replayed,

    /// <summary>Somebody decided to leave it. Its body is gone.</summary>
    Discarded,
}
