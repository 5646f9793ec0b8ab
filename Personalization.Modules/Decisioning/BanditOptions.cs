using System.ComponentModel.DataAnnotations;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning;

/// <summary>The contextual bandit behind <c>/personalizer/v1.0</c>; section <c>Personalization:Decisioning:Bandit</c>.</summary>
public sealed class BanditOptions
{
    public const string Section = "Decisioning:Bandit";

    /// <summary>Share of answers that try another action than the one thought best, evenly. 0.2, as Azure AI Personalizer had it.</summary>
    [Range(0.0, 1.0)]
    public double ExplorationShare { get; set; } = 0.2;

    /// <summary>Seconds after a rank within which its reward is waited for. 600, as above.</summary>
    [Range(1, 30 * 86_400)]
    public int RewardWaitSeconds { get; set; } = 600;

    /// <summary>Reward of an event that was shown and got none in time. 0.</summary>
    [Range(-100.0, 100.0)]
    public double DefaultReward { get; set; }

    public RewardAggregation RewardAggregation { get; set; } = RewardAggregation.Earliest;

    /// <summary>Events that wait for a reward at a time, some 200 bytes each. Beyond it the oldest is ended early, with what it has.</summary>
    [Range(100, 10_000_000)]
    public int MaxWaiting { get; set; } = 200_000;

    /// <summary>How far one example moves the model, 0.5: the step of AdaGrad.</summary>
    [Range(0.001, 10.0)]
    public double LearningRate { get; set; } = 0.5;
}
