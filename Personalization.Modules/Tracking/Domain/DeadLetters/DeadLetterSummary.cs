namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>One line of the summary: letters of one reason, source, state and UTC day of arrival.</summary>
internal sealed record DeadLetterCount(DeadLetterReason Reason, string Source, DeadLetterState State, string Day, long Letters, long Bytes);

/// <summary>What is kept, and what its bounds have cost since the store was made.</summary>
internal sealed record DeadLetterSummary(
    IReadOnlyList<DeadLetterCount> Counts, IReadOnlyDictionary<DeadLetterReason, long> Expired, long Bytes, long FileBytes);
