namespace Personalization.Tracking.Contracts;

/// <summary>Why an event that lies in the log is not applied.</summary>
public enum DropReason : byte
{
    /// <summary>It is applied.</summary>
    None,

    /// <summary>Its message id was seen from its source before.</summary>
    Duplicate,

    /// <summary>The person was erased: only the place is left.</summary>
    Erased,

    /// <summary>What is stored cannot be read any more: a damaged log.</summary>
    Unreadable,

    /// <summary>A sequencer step threw on it.</summary>
    Failed,

    /// <summary>The person must not be known: a step said so. Kept as a dead letter without content.</summary>
    Suppressed,

    /// <summary>The shopper does not want events to be collected.</summary>
    CollectionDenied,
}
