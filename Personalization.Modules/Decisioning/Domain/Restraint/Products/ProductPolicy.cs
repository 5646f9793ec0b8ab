using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>Which products a shopper has seen enough of. Arithmetic over one record, whose lock is held.</summary>
internal sealed class ProductPolicy
{
    private const long HourMs = 3_600_000;
    private readonly Cap[] _caps;
    private readonly Elsewhere[] _elsewhere;

    public ProductPolicy(ProductRestraintOptions options)
    {
        _caps = [.. options.Caps.Select(cap => new Cap(cap.Count, cap.Hours * HourMs, Impression.ScopeKey(cap.Placement)))];
        _elsewhere = [.. options.Elsewhere.Select(rule => new Elsewhere(
            Impression.ScopeKey(rule.Placement), [.. rule.ShownAt.Select(name => Impression.ScopeKey(name))], rule.Seconds * 1_000L))];
    }

    /// <summary>Whether what the placement shows counts for anything.</summary>
    public bool Counts(uint placement)
    {
        foreach (var rule in _elsewhere)
        {
            if (rule.Placement != placement && rule.Is(placement))
            {
                return true;
            }
        }

        return IsCapped(placement);
    }

    /// <summary>Whether anything may keep a product out of the placement.</summary>
    public bool Asks(uint placement)
    {
        foreach (var rule in _elsewhere)
        {
            if (rule.Placement == placement)
            {
                return true;
            }
        }

        return IsCapped(placement);
    }

    /// <summary>Finds what must not be shown.</summary>
    /// <param name="record">What the shopper has seen.</param>
    /// <param name="question">Where and when.</param>
    /// <param name="counts">Room to count in; empty afterwards.</param>
    /// <param name="enough">Gets the items' numbers.</param>
    public void Find(ProductRecord record, in ProductQuestion question, Dictionary<int, int> counts, HashSet<int> enough)
    {
        foreach (var cap in _caps)
        {
            if (cap.IsOf(question.Placement))
            {
                // Something shown at t is in a window of length w until just before t + w.
                var sinceMs = question.NowMs - cap.WindowMs + 1;
                Count(record.Shown, cap, sinceMs, counts, enough);
                Count(record.Promised, cap, sinceMs, counts, enough);
                counts.Clear();
            }
        }

        foreach (var rule in _elsewhere)
        {
            if (rule.Placement == question.Placement)
            {
                var sinceMs = rule.WindowMs == 0 ? question.SessionSinceMs : question.NowMs - rule.WindowMs + 1;
                Add(record.Shown, rule, sinceMs, enough);
                Add(record.Promised, rule, sinceMs, enough);
            }
        }
    }

    private bool IsCapped(uint placement)
    {
        foreach (var cap in _caps)
        {
            if (cap.IsOf(placement))
            {
                return true;
            }
        }

        return false;
    }

    private static void Count(List<SeenProduct> seen, Cap cap, long sinceMs, Dictionary<int, int> counts, HashSet<int> enough)
    {
        foreach (ref readonly var each in CollectionsMarshal.AsSpan(seen))
        {
            if (each.AtMs < sinceMs || each.IsClicked != 0 || !cap.IsOf(each.Placement))
            {
                continue;
            }

            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, each.Item, out _);
            if (++count >= cap.Count)
            {
                enough.Add(each.Item);
            }
        }
    }

    private static void Add(List<SeenProduct> seen, Elsewhere rule, long sinceMs, HashSet<int> enough)
    {
        foreach (ref readonly var each in CollectionsMarshal.AsSpan(seen))
        {
            if (each.AtMs >= sinceMs && each.Placement != rule.Placement && rule.Is(each.Placement))
            {
                enough.Add(each.Item);
            }
        }
    }

    /// <param name="Count">Times at most.</param>
    /// <param name="WindowMs">Length of the window.</param>
    /// <param name="Placement">0 for all.</param>
    private sealed record Cap(int Count, long WindowMs, uint Placement)
    {
        public bool IsOf(uint placement) => Placement == 0 || Placement == placement;
    }

    /// <param name="Placement">That holds back.</param>
    /// <param name="ShownAt">Whose products; empty for all others.</param>
    /// <param name="WindowMs">0 for the session.</param>
    private sealed record Elsewhere(uint Placement, uint[] ShownAt, long WindowMs)
    {
        public bool Is(uint placement) => ShownAt.Length == 0 || ShownAt.AsSpan().Contains(placement);
    }
}
