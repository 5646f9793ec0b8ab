using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning.Domain.Models;

/// <summary>The versions that answer now. Each is replaced whole by the training; any thread reads.</summary>
internal sealed class TrainedModels
{
    private volatile NextPurchaseModel? _nextPurchases;

    /// <summary>Null until there was enough to learn.</summary>
    public NextPurchaseModel? NextPurchases
    {
        get => _nextPurchases;
        set => _nextPurchases = value;
    }

    /// <summary>All that there are now.</summary>
    public IReadOnlyList<IModel> All => _nextPurchases is { } next ? [next] : [];
}
