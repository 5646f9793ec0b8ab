using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Everything that learns from events, built from the options once.</summary>
internal sealed class LearnedModels
{
    private readonly Lock _ranking = new();

    public LearnedModels(DecisioningOptions options, ModelTrainingOptions? training = null, ISegments? segments = null)
    {
        training ??= new ModelTrainingOptions();
        Sessions = new SessionIndex(options.MaxSessions, options.SessionsPerItem, options.MaxItems);
        ViewedTogether = new CoOccurrence(options.PartnersPerItem, TimeSpan.FromDays(options.TogetherHalfLifeDays), options.MaxItems);
        BoughtTogether = new CoOccurrence(options.PartnersPerItem, TimeSpan.FromDays(options.TogetherHalfLifeDays), options.MaxItems);
        Popularity = new Popularity(
            TimeSpan.FromDays(options.PopularHalfLifeDays), TimeSpan.FromHours(options.TrendingHalfLifeHours), options.MaxItems);
        Contexts = new PopularityContexts(training, segments);
        ContextPopularity = new ContextPopularity(
            PopularityContexts.KeysOf(training), TimeSpan.FromDays(options.PopularHalfLifeDays), options.MaxItems);
        Purchases = new PurchaseHistories(training.PurchasesPerShopper, training.MaxPurchases);
        Trained = new TrainedModels(Shadows);
    }

    public SessionIndex Sessions { get; }

    public CoOccurrence ViewedTogether { get; }

    public CoOccurrence BoughtTogether { get; }

    public Popularity Popularity { get; }

    /// <summary>Popularity by hour of the day and by segment.</summary>
    public ContextPopularity ContextPopularity { get; }

    public PopularityContexts Contexts { get; }

    /// <summary>What each shopper bought.</summary>
    public PurchaseHistories Purchases { get; }

    /// <summary>What was trained in the background.</summary>
    public TrainedModels Trained { get; }

    /// <summary>Questions for versions that answer unseen.</summary>
    public ShadowQueue Shadows { get; } = new();

    /// <summary>Ranks what is popular by all that was learnt up to now. Any thread.</summary>
    public void Rank()
    {
        lock (_ranking)
        {
            Popularity.Rebuild();
            ContextPopularity.Rebuild();
        }
    }
}
