namespace Personalization.Tracking.Contracts;

/// <summary>How a batch of events came in. Stored with the batch by number: numbers stay.</summary>
public enum EventOrigin : byte
{
    /// <summary>Sent by a client as it happened, or as soon as the client could.</summary>
    Live,

    /// <summary>Imported from the past: updates what is known, triggers nothing, caps nothing.</summary>
    Import,

    /// <summary>A dead letter that was corrected and sent in again, with its own time and message id.</summary>
    Replay,

    /// <summary>Made from a change of a database.</summary>
    ChangeCapture,
}
