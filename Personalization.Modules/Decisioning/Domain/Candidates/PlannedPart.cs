namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>A part as the plan knows it.</summary>
/// <param name="Source">What proposes.</param>
/// <param name="Code">Its stable name, snake_case; answers and the decision log say it.</param>
/// <param name="Number">Its place among all parts of the plan.</param>
/// <param name="Health">Whether it may be asked.</param>
internal sealed record PlannedPart(ICandidateSource Source, string Code, byte Number, PartHealth Health);
