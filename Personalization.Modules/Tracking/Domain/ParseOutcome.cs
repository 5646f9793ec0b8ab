using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

internal enum ParseStatus : byte
{
    /// <summary>The body was read; events of it may have been refused.</summary>
    Parsed,

    /// <summary>No body.</summary>
    Empty,

    /// <summary>Not JSON, or not UTF-8, from <see cref="ParseOutcome.Position"/> on; or nested too deep there.</summary>
    Malformed,

    /// <summary>JSON, but not an object.</summary>
    NotAnObject,

    /// <summary>A batch without an array <c>batch</c>.</summary>
    BatchMissing,

    /// <summary>More events than a batch may have.</summary>
    TooManyEvents,
}

/// <summary>What came out of a request's body besides the events themselves. Its slices lie in the batch's buffer.</summary>
internal struct ParseOutcome
{
    public ParseStatus Status;

    /// <summary>Byte of the decoded body, from 0, at which it is malformed.</summary>
    public long Position;

    /// <summary>The <c>writeKey</c> that stood in the body; empty when none did.</summary>
    public Utf8Slice WriteKey;

    /// <summary>What the batch's own context says for events that say nothing.</summary>
    public ContextSignals Shared;

    /// <summary>Events that were refused alone.</summary>
    public int Refused;

    /// <summary>The same by reason. <see cref="EventBatch.Refusals"/> has each of them.</summary>
    public RefusalCounts Counts;

    /// <summary>Products beyond the bound on lines: stored, not applied.</summary>
    public int IgnoredLines;

    internal void Refuse(EventBatch batch, in Refusal refusal)
    {
        batch.Refusals.Add(batch.LineNumbers.Count > 0 ? refusal with { Line = batch.LineNumbers[refusal.Index] } : refusal);
        Refused++;
        Counts[(int)refusal.Reason]++;
    }
}
