using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// The answer in the making. Parts add to it in their order, and what a part adds stands below what stands there already: its
/// scores are scaled to fit under the last one. No item gets in twice, or against the filter.
/// </summary>
internal sealed class Slate(ItemFilter filter)
{
    /// <summary>Most items of one answer.</summary>
    public const int MaxLimit = 100;
    private readonly ScoredItem[] _items = new ScoredItem[MaxLimit];
    private readonly ReasonCode[] _reasons = new ReasonCode[MaxLimit];
    private int _limit;

    public int Count { get; private set; }

    public int Missing => _limit - Count;

    public bool IsFull => Count == _limit;

    public ScoredItem this[int place] => _items[place];

    public ReasonCode ReasonAt(int place) => _reasons[place];

    public void Begin(int limit)
    {
        _limit = limit;
        Count = 0;
    }

    /// <summary>Adds candidates, best first, until the slate is full.</summary>
    public void Add(ReadOnlySpan<ScoredItem> candidates, ReasonCode reason)
    {
        var ceiling = Count == 0 ? 1 : _items[Count - 1].Score;
        var best = 0f;
        foreach (ref readonly var candidate in candidates)
        {
            if (IsFull)
            {
                return;
            }

            if (!filter.Allows(candidate.Item))
            {
                continue;
            }

            best = best > 0 ? best : Math.Max(candidate.Score, float.Epsilon);
            _items[Count] = candidate with { Score = ceiling * Math.Clamp(candidate.Score / best, 0, 1) };
            _reasons[Count++] = reason;
            filter.Exclude(candidate.Item);
        }
    }
}
