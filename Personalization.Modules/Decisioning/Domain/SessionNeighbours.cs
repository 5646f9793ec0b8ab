using System.Numerics;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Next items by nearest sessions. The newest distinct items of the session (at most eight) each name the sessions that they
/// came into last. How similar such a session is depends only on which of those items it has, so similarity is a table of
/// at most 256 entries, and the most similar neighbours are found by counting instead of sorting; among equally similar
/// ones the newest win. Each neighbour then votes for its items by similarity and distance from the match, and votes are weighed
/// by how rare the item is. Weights are never negative. Nothing is hashed and nothing allocated.
/// </summary>
internal sealed class SessionNeighbours
{
    private const int Middle = SessionBlocks.Largest;

    /// <summary>Items that are put in order once more by what came next: about one slate.</summary>
    private const int Reordered = 20;
    private const float LeastRarity = 0.01f;
    private const float ScoreDoubt = 0.02f;
    private const float NextDoubt = 0.05f;
    private readonly SessionIndex _index;
    private readonly NeighbourWeights _weights;
    private readonly float[] _queryWeights = new float[NeighbourWeights.MaxQueryItems];
    private readonly float[] _distanceWeights = new float[(2 * Middle) + 1];

    public SessionNeighbours(SessionIndex index, NeighbourWeights weights)
    {
        _index = index;
        _weights = weights;
        for (var i = 0; i < _queryWeights.Length; i++)
        {
            _queryWeights[i] = MathF.Pow(weights.QueryDecay, i);
        }

        _distanceWeights[Middle] = 1;
        for (var d = 1; d <= Middle; d++)
        {
            _distanceWeights[Middle + d] = MathF.Pow(weights.DistanceDecay, d - 1);
            _distanceWeights[Middle - d] = weights.Backward * MathF.Pow(weights.DistanceDecay, d - 1);
        }
    }

    public NeighbourWeights Weights => _weights;

    /// <summary>Fills <paramref name="best"/> with the best items, best first, and returns how many there are.</summary>
    /// <param name="session">The session's items, oldest first.</param>
    /// <param name="ownSerial">The shopper's own session in the index, which is no neighbour; 0 when there is none.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="filter">Items that may not be shown; asked only about items that would get in.</param>
    /// <param name="deadline">When over, the search ends early with what it has.</param>
    /// <param name="best">Room for the answer.</param>
    /// <param name="nextPower">
    /// How much the order of the best follows what was clicked right after the current item; 0 for not at all. Some shops' sessions are paths,
    /// others are piles: each shop finds its own (the held-out end of its own sessions tells).
    /// </param>
    public int Find(
        ReadOnlySpan<int> session, uint ownSerial, NeighbourScratch scratch, ItemFilter filter, in Deadline deadline, Span<ScoredItem> best, float nextPower = 0)
    {
        var state = _index.State;
        var newest = _index.Newest;
        Span<int> query = stackalloc int[_weights.QueryItems];
        query = query[..NewestDistinct(session, query)];
        if (query.IsEmpty)
        {
            return 0; // Who has clicked nothing has no neighbours.
        }

        scratch.Begin(state.Spans.Length, state.Rings.Length, _weights.SessionsPerItem * query.Length);

        var sessions = Match(state, newest, query, ownSerial, scratch);
        var items = Vote(state, query, scratch, sessions, nextPower > 0, deadline);
        var found = Rank(state, newest, session, query, scratch, items, filter, best);
        if (nextPower > 0)
        {
            Reorder(best[..Math.Min(found, Reordered)], query[0], scratch, nextPower);
        }

        return found;
    }

    internal static int NewestDistinct(ReadOnlySpan<int> session, Span<int> newest)
    {
        var count = 0;
        for (var i = session.Length - 1; i >= 0 && count < newest.Length; i--)
        {
            if (session[i] >= 0 && !newest[..count].Contains(session[i]))
            {
                newest[count++] = session[i];
            }
        }

        return count;
    }

    private int Match(SessionIndexState state, uint newest, ReadOnlySpan<int> query, uint ownSerial, NeighbourScratch scratch)
    {
        var (matches, touched, stamp) = (scratch.Matches, scratch.TouchedSessions, scratch.Stamp);
        var slots = state.Spans.Length;
        var count = 0;
        for (var q = 0; q < query.Length; q++)
        {
            if (query[q] >= state.Rings.Length || state.Rings[query[q]] is not { } ring)
            {
                continue;
            }

            var arrivals = Volatile.Read(ref state.Arrivals[query[q]]);
            var length = Math.Min(Math.Min(arrivals, (uint)ring.Length), (uint)_weights.SessionsPerItem);
            for (uint i = 1; i <= length; i++)
            {
                var serial = ring[(arrivals - i) & (uint)(ring.Length - 1)];
                if (serial == ownSerial || !SessionIndex.IsKept(serial, newest, slots))
                {
                    continue;
                }

                ref var match = ref matches[serial & (uint)(slots - 1)];
                if (match.Stamp != stamp)
                {
                    match = new NeighbourScratch.Match { Stamp = stamp };
                    touched[count++] = serial;
                }

                match.Items |= 1u << q;
            }
        }

        return count;
    }

    private int Vote(SessionIndexState state, ReadOnlySpan<int> query, NeighbourScratch scratch, int sessions, bool asksForNext, in Deadline deadline)
    {
        Span<float> similarities = stackalloc float[1 << query.Length];
        Span<int> quotas = stackalloc int[1 << query.Length];
        Count(state, scratch, sessions, quotas);
        Similarities(state, query, quotas, similarities);
        Share(similarities, quotas);

        var (votes, matches, touched, stamp) = (scratch.Votes, scratch.Matches, scratch.TouchedItems, scratch.Stamp);
        var distances = _distanceWeights;
        var mask = (uint)(state.Spans.Length - 1);
        var count = 0;
        for (var s = 0; s < sessions; s++)
        {
            var slot = scratch.TouchedSessions[s] & mask;
            var items = matches[slot].Items;
            if (--quotas[(int)items] < 0)
            {
                continue;
            }

            if ((s & 63) == 63 && deadline.IsOver)
            {
                break;
            }

            var span = new SessionSpan(Volatile.Read(ref state.Spans[slot]));
            var start = span.Start;
            var neighbour = state.Items.AsSpan(start, span.Count);
            var queryItem = query[BitOperations.TrailingZeroCount(items)];
            var position = neighbour.Length - 1;
            while (position >= 0 && neighbour[position] != queryItem)
            {
                position--;
            }

            if (position < 0)
            {
                continue;
            }

            var similarity = similarities[(int)items];
            var weights = distances.AsSpan(Middle - position, neighbour.Length);
            for (var i = 0; i < neighbour.Length; i++)
            {
                var item = neighbour[i];
                if ((uint)item >= (uint)votes.Length)
                {
                    continue;
                }

                ref var vote = ref votes[item];
                if (vote.Stamp != stamp)
                {
                    vote = new NeighbourScratch.Vote { Stamp = stamp, QueryItem = queryItem };
                    touched[count++] = item;
                }

                vote.Score += similarity * weights[i];
            }

            if (asksForNext)
            {
                VoteNext(neighbour, query[0], votes);
            }
        }

        return count;
    }

    /// <summary>Of a neighbour whose items have voted: what was clicked right after the current one.</summary>
    private static void VoteNext(ReadOnlySpan<int> neighbour, int current, NeighbourScratch.Vote[] votes)
    {
        for (var i = 1; i < neighbour.Length; i++)
        {
            if (neighbour[i - 1] == current && (uint)neighbour[i] < (uint)votes.Length)
            {
                votes[neighbour[i]].Next++;
            }
        }
    }

    /// <summary>How many neighbours have each set of shared items.</summary>
    private static void Count(SessionIndexState state, NeighbourScratch scratch, int sessions, Span<int> counts)
    {
        counts.Clear();
        var (matches, mask) = (scratch.Matches, (uint)(state.Spans.Length - 1));
        foreach (var serial in scratch.TouchedSessions.AsSpan(0, sessions))
        {
            counts[(int)matches[serial & mask].Items]++;
        }
    }

    /// <summary>
    /// Similarity of each set of shared items that somebody has: newer items weigh more, and so do rare ones, since sharing a bestseller says little.
    /// </summary>
    private void Similarities(SessionIndexState state, ReadOnlySpan<int> query, ReadOnlySpan<int> counts, Span<float> similarities)
    {
        for (var set = 1; set < similarities.Length; set++)
        {
            if (counts[set] == 0)
            {
                continue;
            }

            var sum = 0f;
            for (var q = 0; q < query.Length; q++)
            {
                if ((set & (1 << q)) != 0)
                {
                    sum += _queryWeights[q] / (1 + LogArrivals(state, query[q]));
                }
            }

            similarities[set] = MathF.Pow(sum, _weights.SimilarityPower);
        }
    }

    /// <summary>How many neighbours of each set vote: the most similar sets first, until all votes are given.</summary>
    /// <param name="similarities">Of the sets.</param>
    /// <param name="quotas">How many there are of each; afterwards how many vote.</param>
    private void Share(ReadOnlySpan<float> similarities, Span<int> quotas)
    {
        Span<int> order = stackalloc int[quotas.Length];
        var sets = 0;
        for (var set = 1; set < quotas.Length; set++)
        {
            if (quotas[set] == 0)
            {
                continue;
            }

            var place = sets++;
            for (; place > 0 && similarities[order[place - 1]] < similarities[set]; place--)
            {
                order[place] = order[place - 1];
            }

            order[place] = set;
        }

        var left = _weights.Neighbours;
        foreach (var set in order[..sets])
        {
            quotas[set] = Math.Min(left, quotas[set]);
            left -= quotas[set];
        }
    }

    private int Rank(
        SessionIndexState state, uint newest, ReadOnlySpan<int> session, ReadOnlySpan<int> query, NeighbourScratch scratch, int items, ItemFilter filter, Span<ScoredItem> room)
    {
        var votes = scratch.Votes;
        Reweigh(session, query, scratch);
        var logSessions = Math.Max(LeastRarity, MathF.Log2(newest + 1f));
        var best = new BestItems(room);
        foreach (var item in scratch.TouchedItems.AsSpan(0, items))
        {
            ref var vote = ref votes[item];
            if (best.IsTooLittle(vote.Score * logSessions))
            {
                continue; // Even if nobody else had come to it.
            }

            var score = vote.Score * Math.Max(LeastRarity, logSessions - LogArrivals(state, item));
            if (best.Takes(item, score) && filter.Allows(item))
            {
                best.Add(new ScoredItem(item, score, vote.QueryItem));
            }
        }

        return best.Count;
    }

    /// <summary>
    /// Which items are the best is best told by all neighbours and all their items, and in which order by what came next alone: the scores stay
    /// where they are, the items change places. The current item keeps its own: that it is clicked again is no step, and was not learnt as one.
    /// </summary>
    private static void Reorder(Span<ScoredItem> best, int current, NeighbourScratch scratch, float power)
    {
        var most = 0f;
        foreach (ref readonly var found in best)
        {
            most = Math.Max(most, scratch.Votes[found.Item].Next);
        }

        if (most <= 0)
        {
            return;
        }

        Span<float> keys = stackalloc float[best.Length];
        Span<float> scores = stackalloc float[best.Length];
        var (top, place) = (best[0].Score, -1);
        for (var i = 0; i < best.Length; i++)
        {
            scores[i] = best[i].Score;
            place = best[i].Item == current ? i : place;
        }

        var moving = best;
        var held = default(ScoredItem);
        if (place >= 0)
        {
            held = best[place];
            best[(place + 1)..].CopyTo(best[place..]);
            moving = best[..^1];
        }

        for (var i = 0; i < moving.Length; i++)
        {
            keys[i] = -((moving[i].Score / top) + ScoreDoubt) * MathF.Pow((scratch.Votes[moving[i].Item].Next / most) + NextDoubt, power);
        }

        keys[..moving.Length].Sort(moving);
        if (place >= 0)
        {
            best[place..^1].CopyTo(best[(place + 1)..]);
            best[place] = held;
        }

        for (var i = 0; i < best.Length; i++)
        {
            best[i] = best[i] with { Score = scores[i] };
        }
    }

    private void Reweigh(ReadOnlySpan<int> session, ReadOnlySpan<int> query, NeighbourScratch scratch)
    {
        for (var i = 0; i < session.Length; i++)
        {
            var item = session[i];
            if ((uint)item < (uint)scratch.Votes.Length && scratch.Votes[item].Stamp == scratch.Stamp && !session[..i].Contains(item))
            {
                scratch.Votes[item].Score *= item == query[0] ? _weights.Repeat : _weights.Revisit;
            }
        }
    }

    private static float LogArrivals(SessionIndexState state, int item) => item < state.LogArrivals.Length ? state.LogArrivals[item] : 0;
}
