using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>One thing that was not taken, or not applied to the end: a row of the store.</summary>
internal sealed record DeadLetter
{
    /// <summary>Given by the store, ascending, never given twice.</summary>
    public long Id { get; init; }

    /// <summary>Our clock when it was kept, Unix ms.</summary>
    public long KeptAtMs { get; init; }

    /// <summary>Our clock when it arrived, Unix ms; a replay keeps it, so that the client's clock is corrected as it would have been.</summary>
    public long ReceivedAtMs { get; init; }

    public DeadLetterReason Reason { get; init; }

    /// <summary>What in particular, in snake_case: the refusal, or the problem of the whole request. Empty for a failure.</summary>
    public string Fault { get; init; } = "";

    /// <summary>A sentence.</summary>
    public string Detail { get; init; } = "";

    /// <summary>JSON pointer (RFC 6901) into the event; empty for the event as a whole.</summary>
    public string Pointer { get; init; } = "";

    /// <summary>Place of the event in its request, from 0; -1 when the letter is the whole request.</summary>
    public int EventIndex { get; init; } = -1;

    /// <summary>Byte of the decoded body, from 0: of the event, or at which the body stops making sense; -1 when unknown.</summary>
    public long Position { get; init; } = -1;

    public int SourceId { get; init; }

    /// <summary>Empty when nobody known sent it.</summary>
    public string Source { get; init; } = "";

    public EventOrigin Origin { get; init; }

    /// <summary>The call that the address named; default for a batch.</summary>
    public EventType Route { get; init; }

    /// <summary>The call of the event; default when unknown.</summary>
    public EventType EventType { get; init; }

    public string EventName { get; init; } = "";

    public string MessageId { get; init; } = "";

    /// <summary>The batch's own <c>sentAt</c>, Unix ms; <see cref="long.MinValue"/> when absent.</summary>
    public long SentAtMs { get; init; } = long.MinValue;

    /// <summary>The batch's own context, JSON; empty when absent.</summary>
    public byte[] Context { get; init; } = [];

    /// <summary>The event, or the whole body, as it came or as it was corrected.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>Bytes of <see cref="Body"/>, also where the body itself was not read from the store.</summary>
    public int BodyBytes { get; init; }

    /// <summary>The body is only its beginning.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>
    /// Of a line of an import a keyed hash of its source, import, place and content: an import that is sent again after an interruption meets
    /// some lines twice, which have one letter. 0 otherwise; only written, never read back.
    /// </summary>
    public UInt128 LineKey { get; init; }

    /// <summary>Place in the log of an event that failed or was suppressed; -1 for one that was refused.</summary>
    public long LogOffset { get; init; } = -1;

    /// <summary>The step or stage that threw.</summary>
    public string Stage { get; init; } = "";

    public DeadLetterState State { get; init; } = DeadLetterState.Open;

    /// <summary>Replays that were tried.</summary>
    public int Attempts { get; init; }

    /// <summary>Our clock at the last of them, Unix ms; 0 before.</summary>
    public long LastAttemptAtMs { get; init; }

    public string LastResult { get; init; } = "";

    /// <summary>Place in the log of the last replay; -1 before.</summary>
    public long ReplayOffset { get; init; } = -1;

    /// <summary>Whether the letter is one event rather than a whole request.</summary>
    public bool IsEvent => EventIndex >= 0;

    /// <summary>Whether nothing more is to be done with it.</summary>
    public bool IsSettled => State is DeadLetterState.Replayed or DeadLetterState.Discarded;

    /// <summary>An event of the log on which a step or stage threw.</summary>
    public bool IsParked => LogOffset >= 0;

    /// <summary>What the letter counted when it was stored.</summary>
    public int StoredSize { get; init; }

    /// <summary>
    /// Bytes that count against the bound of the store: the contents, the identifiers that are indexed, and an allowance for the rest
    /// of the row.
    /// </summary>
    public int SizeWith(int subjects) =>
        RowAllowance + (subjects * SubjectAllowance) + Context.Length + Body.Length + Detail.Length + EventName.Length + MessageId.Length;

    private const int RowAllowance = 256;
    private const int SubjectAllowance = 64;
}
