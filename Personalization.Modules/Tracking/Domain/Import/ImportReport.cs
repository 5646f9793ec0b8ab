namespace Personalization.Tracking.Domain.Import;

/// <summary>What became of an import so far; also how it is kept, and what the endpoints answer.</summary>
internal sealed record ImportReport
{
    public required string Id { get; init; }

    /// <summary>Name of the source that the events count for.</summary>
    public required string Source { get; init; }

    public required ImportFormat Format { get; init; }

    public required ImportState State { get; init; }

    /// <summary>Whether nothing was taken, only looked at.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Lines dealt with for good, those of earlier attempts included. Empty lines and a header count.</summary>
    public long LinesRead { get; init; }

    /// <summary>Events that are on disk; in a dry run, that would be.</summary>
    public long Accepted { get; init; }

    public long Refused { get; init; }

    /// <summary>Lines at the start of this attempt that an earlier one had dealt with.</summary>
    public long SkippedLines { get; init; }

    /// <summary>Bytes of all attempts, decoded.</summary>
    public long Bytes { get; init; }

    /// <summary>Where to go on: <c>fromLine</c> of the next request, if it sends the rest alone.</summary>
    public long ResumeFromLine => LinesRead + 1;

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Why it stopped before its end.</summary>
    public string? Detail { get; init; }

    public ImportFindings Findings { get; init; } = new();
}

/// <summary>What stands in the lines.</summary>
internal sealed record ImportFindings
{
    /// <summary>Refused lines by reason.</summary>
    public Dictionary<string, long> RefusedByReason { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The first refused lines.</summary>
    public List<ImportError> Errors { get; init; } = [];

    /// <summary>Events by name, or by call where there is no name; beyond a few hundred names the rest stands under <c>(other)</c>.</summary>
    public Dictionary<string, long> Events { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Event time of the earliest and the latest event.</summary>
    public DateTimeOffset? FirstTimestamp { get; set; }

    public DateTimeOffset? LastTimestamp { get; set; }

    /// <summary>Events that claimed a time in our future and were set to now.</summary>
    public long FutureTimestamps { get; set; }

    /// <summary>Columns of a CSV file that nothing comes from.</summary>
    public IReadOnlyList<string> UnknownColumns { get; set; } = [];

    /// <summary>About how many different user ids and anonymous ids there are; dry run only.</summary>
    public long? UserIds { get; set; }

    public long? AnonymousIds { get; set; }
}

/// <summary>A refused line.</summary>
/// <param name="Line">From 1, the header of a CSV file included.</param>
/// <param name="Reason">Stable name.</param>
/// <param name="Detail">A sentence, without anything that stands in the line.</param>
/// <param name="Location">JSON pointer into the event; empty when it is the line as a whole.</param>
internal sealed record ImportError(long Line, string Reason, string Detail, string Location);

internal enum ImportFormat : byte
{
    Ndjson,
    Csv,
}

/// <summary>Names are stored.</summary>
internal enum ImportState : byte
{
    Running,

    /// <summary>Broken off by the client, the network or the process: it may be resumed.</summary>
    Interrupted,
    Completed,

    /// <summary>The body cannot be read on.</summary>
    Failed,
    Cancelled,
}
