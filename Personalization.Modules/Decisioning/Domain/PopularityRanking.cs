using System.Collections.Frozen;
using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// The counts as they stood when a ranking began. Writers go on meanwhile: a count that moves under the ranking is one event
/// ahead, and in the next ranking anyway.
/// </summary>
internal readonly record struct PopularityFrame(
    int Count, double[] Long, double[] Short, (int Category, int Brand)[] Terms, double AsOfLong, double AsOfShort, double ShareOfShort);

/// <summary>Makes ranked lists of counts. Keeps its working memory, so that a large shop does not make garbage twice a second. One caller at a time.</summary>
internal sealed class PopularityRanking
{
    private const int RankedItems = 1000;
    private const int RankedOfTerm = 50;
    private double[] _scores = [];
    private int[] _order = [];

    public PopularitySnapshot Rank(in PopularityFrame frame)
    {
        if (_scores.Length < frame.Count)
        {
            _scores = new double[frame.Terms.Length];
            _order = new int[frame.Terms.Length];
        }

        var trending = Sort(frame, isTrending: true);
        var lifted = List(trending, RankedItems);
        var popular = Sort(frame, isTrending: false);
        return new PopularitySnapshot(List(popular, RankedItems), lifted, ListByTerm(popular, frame.Terms), frame.Count);
    }

    /// <summary>Puts the items with a positive score in order, best first, and returns how many there are.</summary>
    private int Sort(in PopularityFrame frame, bool isTrending)
    {
        var ranked = 0;
        for (var item = 0; item < frame.Count; item++)
        {
            var score = isTrending ? Lift(frame, item) : frame.Long[item];
            if (score > 0)
            {
                _scores[ranked] = -score;
                _order[ranked++] = item;
            }
        }

        Array.Sort(_scores, _order, 0, ranked);
        return ranked;
    }

    /// <summary>
    /// How far the last hours exceed what the last days lead to expect, in standard deviations of a count: (s - e) / sqrt(e + 1). The
    /// reference time is the newest event's, not the clock's, so a replay of old events ranks as it did then.
    /// </summary>
    private static double Lift(in PopularityFrame frame, int item)
    {
        var expected = frame.Long[item] * frame.AsOfLong * frame.ShareOfShort;
        return ((frame.Short[item] * frame.AsOfShort) - expected) / Math.Sqrt(expected + 1);
    }

    private ScoredItem[] List(int ranked, int most)
    {
        var list = new ScoredItem[Math.Min(ranked, most)];
        for (var place = 0; place < list.Length; place++)
        {
            list[place] = Scored(place);
        }

        return list;
    }

    private ScoredItem Scored(int place) => new(_order[place], (float)(_scores[place] / _scores[0]), -1);

    private FrozenDictionary<int, ScoredItem[]> ListByTerm(int ranked, (int Category, int Brand)[] terms)
    {
        var lists = new Dictionary<int, List<ScoredItem>>();
        for (var place = 0; place < ranked; place++)
        {
            var (category, brand) = terms[_order[place]];
            Put(lists, category, Scored(place));
            Put(lists, brand, Scored(place));
        }

        return lists.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }

    private static void Put(Dictionary<int, List<ScoredItem>> lists, int term, ScoredItem scored)
    {
        if (term < 0)
        {
            return;
        }

        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, term, out _);
        list ??= [];
        if (list.Count < RankedOfTerm)
        {
            list.Add(scored);
        }
    }
}
