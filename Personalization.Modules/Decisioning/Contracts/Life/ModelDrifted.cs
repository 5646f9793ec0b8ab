using MediatR;

namespace Personalization.Decisioning.Contracts.Life;

/// <summary>The live version of a model does not do any more what it did when it began to serve: it should be trained or chosen anew.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Version">That serves.</param>
/// <param name="ScoreShift">Population stability index of its scores.</param>
/// <param name="HitRate">Now, on the newest sessions.</param>
/// <param name="HitRateBefore">When it began.</param>
public sealed record ModelDrifted(string Model, int Version, double ScoreShift, double HitRate, double HitRateBefore) : INotification;
