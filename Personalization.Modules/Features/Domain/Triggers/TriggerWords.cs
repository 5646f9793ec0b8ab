using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.Triggers;

/// <summary>Kinds of triggers as definitions and answers write them.</summary>
internal static class TriggerWords
{
    public const string All = "one of pattern, price_drop, back_in_stock, engagement_fall, segment";

    public static string Of(TriggerKind kind) => kind switch
    {
        TriggerKind.Pattern => "pattern",
        TriggerKind.PriceDrop => "price_drop",
        TriggerKind.BackInStock => "back_in_stock",
        TriggerKind.EngagementFall => "engagement_fall",
        _ => "segment",
    };
}
