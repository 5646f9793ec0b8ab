namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>Who wants to show offers, where and when.</summary>
/// <param name="ProfileId">-1 for somebody of whom nothing may be kept.</param>
/// <param name="NowMs">Unix ms.</param>
/// <param name="SessionSinceMs">From when on what was shown belongs to the session, Unix ms.</param>
/// <param name="Decision">Key of the answer.</param>
/// <param name="Placement">Key.</param>
/// <param name="Channel">Key; 0 for none.</param>
/// <param name="IsTrial">Nothing is promised.</param>
internal readonly record struct OfferQuestion(
    int ProfileId, long NowMs, long SessionSinceMs, ulong Decision, uint Placement, uint Channel, bool IsTrial);

/// <summary>What became of an offer in one decision.</summary>
internal enum OfferOutcome : byte
{
    /// <summary>It is not its time, place or channel.</summary>
    NotNow,

    /// <summary>Its condition does not hold for the shopper.</summary>
    NotMeant,

    /// <summary>Its condition threw.</summary>
    Failed,

    /// <summary>Others came first.</summary>
    NoRoom,

    /// <summary>It has been shown as often as it may be in all.</summary>
    BudgetSpent,

    /// <summary>The shopper has seen it as often as they may; or cannot be counted, and it has such a bound.</summary>
    ShopperBudgetSpent,

    /// <summary>A cap is reached.</summary>
    Capped,

    /// <summary>The shopper clicks on nothing and is left in peace.</summary>
    Cooldown,

    /// <summary>The shopper does not want to see it.</summary>
    Dismissed,

    /// <summary>Another placement has just shown it.</summary>
    ShownElsewhere,

    /// <summary>What is shown could not be written down, and what is not counted is not shown.</summary>
    NotCounted,

    /// <summary>It is in the answer.</summary>
    Shown,
}
