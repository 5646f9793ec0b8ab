using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;

namespace Personalization.Decisioning.Domain.Models;

/// <summary>The versions that answer now. Each is replaced whole by the training; any thread reads.</summary>
internal sealed class TrainedModels
{
    private readonly TrainedSlot<NextPurchaseModel, PurchaseQuestion> _nextPurchases;
    private readonly TrainedSlot<ContentModel, int> _content;
    private readonly TrainedSlot<SessionOrderModel, OrderQuestion> _sessionOrder;

    public TrainedModels(ShadowQueue shadows)
    {
        _nextPurchases = new(NextPurchaseModel.ModelName, shadows, PurchaseQuestion.Asker());
        _content = new(ContentModel.ModelName, shadows, ContentAsker());
        _sessionOrder = new(SessionOrderModel.ModelName, shadows, OrderQuestion.Asker());
    }

    /// <summary>Null until there was enough to learn.</summary>
    public NextPurchaseModel? NextPurchases
    {
        get => _nextPurchases.Live;
        set => _nextPurchases.Serve(value);
    }

    /// <summary>Null until the catalogue was read for the first time.</summary>
    public ContentModel? Content
    {
        get => _content.Live;
        set => _content.Serve(value);
    }

    /// <summary>Null until there were enough sessions.</summary>
    public SessionOrderModel? SessionOrder
    {
        get => _sessionOrder.Live;
        set => _sessionOrder.Serve(value);
    }

    /// <summary>All that there are now.</summary>
    public IReadOnlyList<IModel> All => [.. ((IModel?[])[NextPurchases, Content, SessionOrder]).OfType<IModel>()];

    /// <summary>What answers a decision: the live version, or the one that is tried on it.</summary>
    public NextPurchaseModel? NextPurchasesFor(Guid decisionId) => _nextPurchases.For(decisionId);

    /// <summary>The same for what is described alike.</summary>
    public ContentModel? ContentFor(Guid decisionId) => _content.For(decisionId);

    /// <summary>The same for the order of slates.</summary>
    public SessionOrderModel? SessionOrderFor(Guid decisionId) => _sessionOrder.For(decisionId);

    /// <summary>Copies what is asked for a version that answers unseen, where there is one and it is its turn.</summary>
    public void Shadow(ReadOnlySpan<Purchase> history, bool onlyNew)
    {
        if (_nextPurchases is { Shadow.IsDue: true, Live: { } live })
        {
            _nextPurchases.Shadow.Ask(live, new PurchaseQuestion(history.ToArray(), onlyNew));
        }
    }

    /// <inheritdoc cref="Shadow(ReadOnlySpan{Purchase}, bool)"/>
    public void Shadow(int currentItem)
    {
        if (_content is { Shadow.IsDue: true, Live: { } live })
        {
            _content.Shadow.Ask(live, currentItem);
        }
    }

    /// <inheritdoc cref="Shadow(ReadOnlySpan{Purchase}, bool)"/>
    public void Shadow(SessionNeighbours neighbours, ReadOnlySpan<int> session, bool withCurrent)
    {
        if (session.Length > 0 && _sessionOrder is { Shadow.IsDue: true, Live: { } live })
        {
            _sessionOrder.Shadow.Ask(live, new OrderQuestion(neighbours, session.ToArray(), withCurrent));
        }
    }

    /// <summary>What serves, is tried and is shadowed of one model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such model is trained.</exception>
    public ITrainedSlot Of(string name) => name switch
    {
        NextPurchaseModel.ModelName => _nextPurchases,
        ContentModel.ModelName => _content,
        SessionOrderModel.ModelName => _sessionOrder,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such model is trained."),
    };

    private static Func<ContentModel, int, ScoredItem[], int> ContentAsker()
    {
        var (scratch, filter) = (new NeighbourScratch(), new ItemFilter());
        return (model, item, room) =>
        {
            filter.Clear();
            filter.Exclude(item);
            return model.Find(item, scratch, filter, room);
        };
    }

    /// <summary>A shopper's purchases, and whether what was bought already is left out.</summary>
    private sealed record PurchaseQuestion(Purchase[] History, bool OnlyNew)
    {
        public static Func<NextPurchaseModel, PurchaseQuestion, ScoredItem[], int> Asker()
        {
            var (scratch, filter) = (new PurchaseScratch(), new ItemFilter());
            return (model, asked, room) =>
            {
                filter.Clear();
                foreach (var purchase in asked.OnlyNew ? asked.History : [])
                {
                    filter.Exclude(purchase.Item);
                }

                return model.Find(asked.History, asked.OnlyNew, scratch, filter, room);
            };
        }
    }

    /// <summary>A session, the neighbours that were asked, and whether the current item may be proposed.</summary>
    private sealed record OrderQuestion(SessionNeighbours Neighbours, int[] Session, bool WithCurrent)
    {
        public static Func<SessionOrderModel, OrderQuestion, ScoredItem[], int> Asker()
        {
            var (scratch, filter) = (new NeighbourScratch(), new ItemFilter());
            return (model, asked, room) =>
            {
                filter.Clear();
                if (!asked.WithCurrent)
                {
                    filter.Exclude(asked.Session[^1]);
                }

                return asked.Neighbours.Find(asked.Session, 0, scratch, filter, default, room, asked.WithCurrent ? model.PowerWithCurrent : model.Power);
            };
        }
    }
}
