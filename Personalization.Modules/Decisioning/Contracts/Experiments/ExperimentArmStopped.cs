using MediatR;

namespace Personalization.Decisioning.Contracts.Experiments;

/// <summary>An arm was stopped because it surely breaks a guardrail.</summary>
/// <param name="Experiment">Its key.</param>
/// <param name="Arm">Its key.</param>
/// <param name="Guardrail">Ids of the metrics.</param>
public sealed record ExperimentArmStopped(string Experiment, string Arm, string Guardrail) : INotification;
