namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>One place at which a new version may refuse what the one before accepts.</summary>
/// <param name="Rule">The rule that is broken; names stay.</param>
/// <param name="Pointer">JSON pointer into the new version.</param>
/// <param name="Message">What changed, in plain words.</param>
internal sealed record CompatibilityBreach(string Rule, string Pointer, string Message);
