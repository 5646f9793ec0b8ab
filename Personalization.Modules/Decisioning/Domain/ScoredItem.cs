namespace Personalization.Decisioning.Domain;

/// <summary>A candidate: its number, a score that compares within its part, and the item that led to it (-1 when none did).</summary>
internal readonly record struct ScoredItem(int Item, float Score, int BecauseOf);
