using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;

namespace Personalization.Decisioning.Domain.Models;

/// <summary>The versions that answer now. Each is replaced whole by the training; any thread reads.</summary>
internal sealed class TrainedModels
{
    private volatile NextPurchaseModel? _nextPurchases;
    private volatile ContentModel? _content;
    private volatile SessionOrderModel? _sessionOrder;

    /// <summary>Null until there was enough to learn.</summary>
    public NextPurchaseModel? NextPurchases
    {
        get => _nextPurchases;
        set => _nextPurchases = value;
    }

    /// <summary>Null until the catalogue was read for the first time.</summary>
    public ContentModel? Content
    {
        get => _content;
        set => _content = value;
    }

    /// <summary>Null until there were enough sessions.</summary>
    public SessionOrderModel? SessionOrder
    {
        get => _sessionOrder;
        set => _sessionOrder = value;
    }

    /// <summary>Puts a version in its place; null for none.</summary>
    public void Set(string name, IModel? model)
    {
        switch (name)
        {
            case NextPurchaseModel.ModelName:
                _nextPurchases = (NextPurchaseModel?)model;
                break;
            case ContentModel.ModelName:
                _content = (ContentModel?)model;
                break;
            case SessionOrderModel.ModelName:
                _sessionOrder = (SessionOrderModel?)model;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, "No such model is trained.");
        }
    }

    /// <summary>All that there are now.</summary>
    public IReadOnlyList<IModel> All => [.. ((IModel?[])[_nextPurchases, _content, _sessionOrder]).OfType<IModel>()];
}
