namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>Which letters are meant; what is null does not matter.</summary>
internal sealed record DeadLetterFilter
{
    public long? Id { get; init; }

    public DeadLetterReason? Reason { get; init; }

    public DeadLetterState? State { get; init; }

    /// <summary>Only what is open or corrected.</summary>
    public bool IsUnsettled { get; init; }

    public string? Source { get; init; }

    /// <summary>Name of the event.</summary>
    public string? Event { get; init; }

    /// <summary>What in particular, for example <c>name_missing</c>.</summary>
    public string? Fault { get; init; }

    public string? Stage { get; init; }

    public string? MessageId { get; init; }

    /// <summary>Arrived at or after, Unix ms.</summary>
    public long? FromMs { get; init; }

    /// <summary>Arrived before, Unix ms.</summary>
    public long? UntilMs { get; init; }

    /// <summary>Keyed hash of an identifier that stands in the letter.</summary>
    public UInt128? SubjectKey { get; init; }
}
