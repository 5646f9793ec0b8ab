namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>Somebody used what an experiment gave them.</summary>
/// <param name="UserId">Null when only the device is known.</param>
/// <param name="AnonymousId">Null when only the person is known.</param>
/// <param name="FlagId">That was asked for; null when a placement was.</param>
/// <param name="Experiment">Its key.</param>
/// <param name="Variation">Its key.</param>
/// <param name="Version">Of the flags, or of the placement's experiment.</param>
/// <param name="At">When.</param>
/// <param name="Placement">That was asked for; null when a flag was.</param>
internal sealed record Exposure(
    string? UserId, string? AnonymousId, string? FlagId, string Experiment, string Variation, long Version, DateTimeOffset At, string? Placement = null);
