namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>Bounds of a training, as the options say.</summary>
internal sealed record NextPurchaseBounds(int MinBuyers, int MaxItems, int WeightsPerItem, int MaxFactorCustomers);
