using System.ComponentModel.DataAnnotations;
using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Decisioning;

/// <summary>What online rankers learn from; section <c>Personalization:Decisioning:Ranker</c>.</summary>
public sealed class RankerOptions
{
    public const string Section = "Decisioning:Ranker";

    /// <summary>What a click is worth, 0 to 1. Default 0.2: most clicks lead nowhere.</summary>
    [Range(0.0, 1.0)]
    public double ClickReward { get; set; } = 0.2;

    /// <summary>What a clicked item that is put into the cart is worth. Default 0.5.</summary>
    [Range(0.0, 1.0)]
    public double CartReward { get; set; } = 0.5;

    /// <summary>What a clicked item that is ordered is worth. Default 1.</summary>
    [Range(0.0, 1.0)]
    public double OrderReward { get; set; } = 1;

    /// <summary>Minutes for which an answer waits for what comes of it. Default 120: a visit and a bit.</summary>
    [Range(1, 43_200)]
    public int WaitMinutes { get; set; } = 120;

    /// <summary>Answers that wait, some 2 KB each. Default 20000. Beyond it the oldest is given up.</summary>
    [Range(100, 1_000_000)]
    public int MaxWaiting { get; set; } = 20_000;

    internal double RewardOf(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Clicked => ClickReward,
        OutcomeKind.Added => CartReward,
        OutcomeKind.Ordered => OrderReward,
        _ => 0,
    };
}
