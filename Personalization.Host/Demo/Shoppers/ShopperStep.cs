namespace Personalization.Host.Demo.Shoppers;

/// <summary>What a shopper does next: send an event, look at the recommendations, or leave.</summary>
/// <param name="Event">To be sent; null when there is nothing to send.</param>
/// <param name="AsksForRecommendations">The shopper looks at a page with the for-you placement.</param>
/// <param name="IsOver">The session ends with this step.</param>
internal readonly record struct ShopperStep(SimulatedEvent? Event, bool AsksForRecommendations, bool IsOver)
{
    public static ShopperStep Ask => new(null, true, false);

    public static ShopperStep Leave => new(null, false, true);

    public static ShopperStep Send(SimulatedEvent simulated) => new(simulated, false, false);
}
