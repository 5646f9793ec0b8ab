using Personalization.Decisioning.Domain.Models.Factors;
using Personalization.Decisioning.Domain.Models.Linear;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// Trains <see cref="NextPurchaseModel"/>. The end of the purchases is held out to choose regularisation and weights; then the model is fitted
/// to all of them. The same purchases give the same model.
/// </summary>
internal static class NextPurchaseTrainer
{
    private const int MinutesPerDay = 24 * 60;
    private const int MaxHeldOutDays = 30;

    /// <summary>Customers to measure on, at least: with fewer the figures are chance.</summary>
    private const int FewestHeldOut = 30;
    private static readonly int[] AllViews = [2, 3, 4, 5, 6, 1, 0];
    private static readonly int[] ViewsForNew = [2, 3, 1];
    private static readonly double[] Regularisations = [100, 300, 1000];

    /// <returns>Null when there is nothing to learn: no item was bought by enough shoppers.</returns>
    public static NextPurchaseModel? Train(PurchaseData data, NextPurchaseBounds bounds, long logOffset, CancellationToken cancellationToken) =>
        Train(data, bounds, logOffset, null, cancellationToken).Model;

    /// <summary>Trains, and asks the weights of the live version the questions that the new one was chosen by.</summary>
    /// <param name="data">What to learn.</param>
    /// <param name="bounds">Of the training.</param>
    /// <param name="logOffset">Up to where the data know the log.</param>
    /// <param name="live">What answers now; it changes nothing of what is trained, so the same purchases give the same model whatever answered before.</param>
    /// <param name="cancellationToken">Asked often.</param>
    public static (NextPurchaseModel? Model, RecipeComparison? Against) Train(
        PurchaseData data, NextPurchaseBounds bounds, long logOffset, NextPurchaseModel? live, CancellationToken cancellationToken)
    {
        var matrix = PurchaseMatrix.Build(data, data.LastMinute + 1, bounds.MinBuyers, bounds.MaxItems);
        if (matrix.Count < 2)
        {
            return (null, null);
        }

        var choice = Choose(data, bounds, live, cancellationToken);
        var linear = LinearItems.Fit(LinearItems.GramOf(matrix), matrix.Count, choice.Regularisation, bounds.WeightsPerItem, cancellationToken);
        var usesFactors = Math.Abs(choice.Weights.Factors) + Math.Abs(choice.ForNew.Factors) > 0;
        var factors = usesFactors ? ImplicitFactors.Fit(matrix, new FactorFit(), cancellationToken) : null;
        var views = new PurchaseViews(matrix, data, linear, factors);
        var model = new NextPurchaseModel(views, choice.Weights, choice.ForNew, fingerprint => new ModelLineage
        {
            LogOffset = logOffset,
            AsOfMs = Purchase.TimeOf(data.LastMinute),
            Profiles = data.Customers,
            Items = matrix.Count,
            Examples = data.Purchases,
            Options = OptionsOf(choice, bounds),
            Metrics = choice.Metrics,
            Fingerprint = fingerprint,
        });
        return (model, choice.Against);
    }

    private static Choice Choose(PurchaseData data, NextPurchaseBounds bounds, NextPurchaseModel? live, CancellationToken cancellationToken)
    {
        var fallback = new Choice(300, BlendWeights.Default, BlendWeights.DefaultForNew, new Dictionary<string, double>(), null);
        var days = (data.LastMinute - data.FirstMinute) / (double)MinutesPerDay;
        var heldOutMinutes = (int)(Math.Clamp(days / 4, 0, MaxHeldOutDays) * MinutesPerDay);
        var matrix = PurchaseMatrix.Build(data, data.LastMinute + 1 - heldOutMinutes, bounds.MinBuyers, bounds.MaxItems);
        if (matrix.Count < 2)
        {
            return fallback;
        }

        var factors = matrix.Customers <= bounds.MaxFactorCustomers ? ImplicitFactors.Fit(matrix, new FactorFit(), cancellationToken) : null;
        var gram = LinearItems.GramOf(matrix);
        var (best, bestQuality) = (default((PurchaseViews Views, double Regularisation)?), 0d);
        foreach (var regularisation in Regularisations)
        {
            var linear = LinearItems.Fit(gram, matrix.Count, regularisation, bounds.WeightsPerItem, cancellationToken);
            var views = new PurchaseViews(matrix, data, linear, factors);
            var quality = new HeldOutPurchases(views, data, onlyNew: true, cancellationToken).Measure(BlendWeights.DefaultForNew).Quality;
            if (best is null || quality > bestQuality)
            {
                (best, bestQuality) = ((views, regularisation), quality);
            }
        }

        var repeats = new HeldOutPurchases(best!.Value.Views, data, onlyNew: false, cancellationToken);
        if (repeats.Customers < FewestHeldOut)
        {
            return fallback;
        }

        var (weights, metrics) = BlendSearch.Find(repeats, BlendWeights.Default, AllViews, cancellationToken);
        var news = new HeldOutPurchases(best.Value.Views, data, onlyNew: true, cancellationToken);
        var (forNew, metricsForNew) = news.Customers < FewestHeldOut
            ? (BlendWeights.DefaultForNew, default)
            : BlendSearch.Find(news, BlendWeights.DefaultForNew, ViewsForNew, cancellationToken);
        var against = live is null ? null : Compare(live, metrics, metricsForNew, repeats, news);
        return new Choice(best.Value.Regularisation, weights, forNew, MetricsOf(metrics, metricsForNew), against);
    }

    /// <summary>The live version's weights over the views that were chosen: what its regularisation would change is little, and costs an inversion.</summary>
    private static RecipeComparison Compare(
        NextPurchaseModel live, PurchaseMetrics all, PurchaseMetrics forNew, HeldOutPurchases repeats, HeldOutPurchases news) => new(
        repeats.Customers,
        new RecipeQuality(all, forNew),
        new RecipeQuality(repeats.Measure(live.Weights), news.Customers < FewestHeldOut ? default : news.Measure(live.ForNew)));

    private static Dictionary<string, double> MetricsOf(PurchaseMetrics all, PurchaseMetrics forNew) => new()
    {
        ["allCustomers"] = all.Customers,
        ["allHr20"] = all.HitRate,
        ["allRecall20"] = all.Recall,
        ["allNdcg20"] = all.Ndcg,
        ["allMrr20"] = all.Mrr,
        ["newCustomers"] = forNew.Customers,
        ["newHr20"] = forNew.HitRate,
        ["newRecall20"] = forNew.Recall,
        ["newNdcg20"] = forNew.Ndcg,
        ["newMrr20"] = forNew.Mrr,
    };

    private static Dictionary<string, double> OptionsOf(Choice choice, NextPurchaseBounds bounds)
    {
        var options = new Dictionary<string, double>(PurchaseViews.HalfLives)
        {
            ["regularisation"] = choice.Regularisation,
            ["minBuyers"] = bounds.MinBuyers,
            ["maxItems"] = bounds.MaxItems,
            ["weightsPerItem"] = bounds.WeightsPerItem,
        };
        string[] names = ["Linear", "Factors", "PopularLately", "Popular", "OwnLately", "Own", "Owned"];
        for (var view = 0; view < BlendWeights.Count; view++)
        {
            options["all" + names[view]] = choice.Weights[view];
            options["new" + names[view]] = choice.ForNew[view];
        }

        return options;
    }

    private sealed record Choice(double Regularisation, BlendWeights Weights, BlendWeights ForNew, IReadOnlyDictionary<string, double> Metrics, RecipeComparison? Against);
}
