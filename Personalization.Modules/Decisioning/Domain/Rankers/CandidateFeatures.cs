using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>Joins what is known of each candidate to what the parts said of it: the item's own, and what the shopper has to do with it.</summary>
internal sealed class CandidateFeatures(ICatalog catalog, Popularity popularity)
{
    /// <summary>Newest items of the session whose prices say what the shopper looks for.</summary>
    private const int PricedItems = 8;

    /// <summary>Units in stock beyond which more say nothing.</summary>
    private const double PlentyInStock = 20;
    private const double DayMs = 86_400_000;

    public void Fill(DecisionContext context)
    {
        var price = SessionPrice(context.Session);
        var current = context.Session.IsEmpty ? null : catalog[context.Session[^1]];
        var count = Math.Max(1, catalog.Count);
        foreach (ref readonly var entry in context.Slate.Entries)
        {
            if (entry.Row == 0)
            {
                continue;
            }

            var row = context.Features[entry.Row - 1];
            row[FeatureTable.Bias] = 255;
            row[FeatureTable.Popularity] = FeatureTable.Step(Math.Log(1 + (1000 * popularity.ShareOf(entry.Item))) / Math.Log(1001));
            row[FeatureTable.Newness] = FeatureTable.Step((double)entry.Item / count);
            row[FeatureTable.ViewedRecently] = FeatureTable.Step(Recency(context.View.Recent(RecentKind.Viewed), entry.Item, context.NowMs));
            row[FeatureTable.BoughtBefore] = FeatureTable.Step(Recency(context.View.Recent(RecentKind.Purchased), entry.Item, context.NowMs));
            row[FeatureTable.InSession] = context.Session.Contains(entry.Item) ? (byte)255 : (byte)0;
            if (catalog[entry.Item] is { } item)
            {
                FillItem(context, row, item, price, current);
            }
        }
    }

    private static void FillItem(DecisionContext context, Span<byte> row, CatalogItem item, double price, CatalogItem? current)
    {
        row[FeatureTable.CategoryAffinity] = FeatureTable.Step(Share(context.View.Categories, item.CategoryTerm));
        row[FeatureTable.BrandAffinity] = FeatureTable.Step(Share(context.View.Brands, item.BrandTerm));
        row[FeatureTable.Stock] = item.Stock is { } stock ? FeatureTable.Step(stock / PlentyInStock) : (byte)255;
        row[FeatureTable.SameCategory] = current is { CategoryTerm: >= 0 } && current.CategoryTerm == item.CategoryTerm ? (byte)255 : (byte)0;
        row[FeatureTable.CategoryMark] = FeatureTable.Mark(item.CategoryTerm);
        row[FeatureTable.BrandMark] = FeatureTable.Mark(item.BrandTerm);
        if (!double.IsNaN(price) && item.Price is > 0)
        {
            // Twice or half the price is half as near as the same.
            row[FeatureTable.PriceNearness] = FeatureTable.Step(1 / (1 + Math.Abs(Math.Log2((double)item.Price) - price)));
        }
    }

    /// <summary>Mean logarithm of the prices that the shopper looks at; NaN when none is known.</summary>
    private double SessionPrice(ReadOnlySpan<int> session)
    {
        var (sum, count) = (0.0, 0);
        foreach (var item in session[Math.Max(0, session.Length - PricedItems)..])
        {
            if (catalog[item]?.Price is > 0 and var price)
            {
                sum += Math.Log2((double)price);
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static double Recency(ReadOnlySpan<RecentItem> recent, int item, long nowMs)
    {
        foreach (ref readonly var one in recent)
        {
            if (one.Item == item)
            {
                return 1 / (1 + (Math.Max(0, nowMs - one.TimestampMs) / DayMs));
            }
        }

        return 0;
    }

    private static double Share(ReadOnlySpan<Affinity> affinities, int term)
    {
        if (term >= 0)
        {
            foreach (ref readonly var affinity in affinities)
            {
                if (affinity.Term == term)
                {
                    return affinity.Weight / affinities[0].Weight;
                }
            }
        }

        return 0;
    }
}
