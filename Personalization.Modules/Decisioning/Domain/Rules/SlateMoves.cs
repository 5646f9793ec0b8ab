using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>The arithmetic of moving candidates. Nothing comes in or goes out here; what is not moved keeps its order.</summary>
internal static class SlateMoves
{
    public static int PlaceOf(ReadOnlySpan<SlateEntry> entries, int item)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Item == item)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Best first; equals stay in their order, which a key that ends with the place sees to.</summary>
    public static void Sort(Span<SlateEntry> entries, RuleRun run)
    {
        var keys = run.Keys.AsSpan(0, entries.Length);
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = SlateKey.Of(Math.Max(0, entries[i].Score), (uint)i);
        }

        keys.Sort(entries);
    }

    /// <summary>Of the first places, as many as the rule says at most go to one value. Those that are too many come right behind. How many had to go.</summary>
    public static int Diversify(Span<SlateEntry> entries, RuleRun run, ref readonly PlannedRule planned)
    {
        var (first, most) = (Math.Min(planned.Rule.InFirst, entries.Length), planned.Rule.Count);
        var copy = run.Entries.AsSpan(0, entries.Length);
        var (taken, left, values) = (0, 0, 0);
        for (var i = 0; i < entries.Length; i++)
        {
            var value = run.Set!.MarksOf(entries[i].Item).Values[planned.Mark];
            var known = value < 0 ? -1 : run.Values.AsSpan(0, values).IndexOf(value);
            if (taken < first && (known < 0 || run.Counts[known] < most))
            {
                if (value >= 0 && known < 0)
                {
                    (run.Values[values], run.Counts[values]) = (value, 0);
                    known = values++;
                }

                if (known >= 0)
                {
                    run.Counts[known]++;
                }

                // Nothing before this place is read any more.
                entries[taken++] = entries[i];
            }
            else
            {
                copy[left++] = entries[i];
            }
        }

        copy[..left].CopyTo(entries[taken..]);
        return Math.Max(0, left - (entries.Length - first));
    }

    /// <summary>How many of these the rule means.</summary>
    public static int Count(ReadOnlySpan<SlateEntry> entries, RuleRun run, ref readonly PlannedRule planned)
    {
        var count = 0;
        foreach (ref readonly var entry in entries)
        {
            count += run.Set!.MarksOf(entry.Item).IsMeant(planned.Mark) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The best of those that are meant come among the first places, in place of the last ones there that are not. How many came.</summary>
    public static int Require(Span<SlateEntry> entries, RuleRun run, ref readonly PlannedRule planned)
    {
        var first = Math.Min(planned.Rule.InFirst, entries.Length);
        var missing = planned.Rule.Count - Count(entries[..first], run, in planned);
        var moved = 0;
        for (var next = first; next < entries.Length && moved < missing; next++)
        {
            if (!run.Set!.MarksOf(entries[next].Item).IsMeant(planned.Mark))
            {
                continue;
            }

            var gives = first - 1;
            while (gives >= 0 && run.Set.MarksOf(entries[gives].Item).IsMeant(planned.Mark))
            {
                gives--;
            }

            if (gives < 0)
            {
                break;
            }

            var (comes, goes) = (entries[next], entries[gives]);
            entries[(gives + 1)..first].CopyTo(entries[gives..]);
            entries[first..next].CopyTo(entries[(first + 1)..]);
            comes.Reason = ReasonCode.RequiredByRule;
            (entries[first - 1], entries[first]) = (comes, goes);
            moved++;
        }

        return moved;
    }

    /// <summary>Items stand at their places, the others around them in their order. In an answer that is too short they stand last.</summary>
    /// <param name="entries">All of the pool.</param>
    /// <param name="run">Room.</param>
    /// <param name="items">By place, -1 for none; all are in the pool.</param>
    public static void Pin(Span<SlateEntry> entries, RuleRun run, ReadOnlySpan<int> items)
    {
        var copy = run.Entries.AsSpan(0, entries.Length);
        entries.CopyTo(copy);
        var (next, place) = (0, 0);
        for (var wanted = 0; place < entries.Length; wanted++)
        {
            if (wanted < items.Length && items[wanted] >= 0)
            {
                entries[place] = copy[PlaceOf(copy, items[wanted])];
                entries[place++].Reason = ReasonCode.PinnedByRule;
                continue;
            }

            while (next < copy.Length && items.Contains(copy[next].Item))
            {
                next++;
            }

            if (next < copy.Length)
            {
                entries[place++] = copy[next++];
            }
        }
    }

    /// <summary>Scores fall with the place: what was moved up has the score of what it stands above.</summary>
    public static void LetScoresFall(Span<SlateEntry> entries)
    {
        for (var i = entries.Length - 2; i >= 0; i--)
        {
            entries[i].Score = Math.Max(entries[i].Score, entries[i + 1].Score);
        }
    }
}
