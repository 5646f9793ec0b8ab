using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Working memory of one neighbour search: dense arrays that are valid where the stamp is the search's own, so nothing is
/// cleared between searches. One thread at a time; grows with the index and then allocates nothing.
/// </summary>
internal sealed class NeighbourScratch
{
    public Match[] Matches = [];
    public Vote[] Votes = [];
    public uint[] TouchedSessions = [];
    public int[] TouchedItems = [];
    public uint Stamp;

    /// <summary>Of the model of next purchases.</summary>
    public PurchaseScratch Purchases { get; } = new();

    public void Begin(int slots, int items, int touchedSessions)
    {
        if (Matches.Length < slots)
        {
            Matches = new Match[slots];
        }

        if (Votes.Length < items)
        {
            Votes = new Vote[items];
            TouchedItems = new int[items];
        }

        if (TouchedSessions.Length < touchedSessions)
        {
            TouchedSessions = new uint[touchedSessions];
        }

        if (++Stamp == 0)
        {
            Matches.AsSpan().Clear();
            Votes.AsSpan().Clear();
            Stamp = 1;
        }
    }

    /// <summary>Adds to an item's score; returns how many items have been touched.</summary>
    public int Add(int item, float score, int queryItem, int touched)
    {
        if ((uint)item >= (uint)Votes.Length)
        {
            return touched;
        }

        ref var vote = ref Votes[item];
        if (vote.Stamp != Stamp)
        {
            vote = new Vote { Stamp = Stamp, QueryItem = queryItem };
            TouchedItems[touched++] = item;
        }

        vote.Score += score;
        return touched;
    }

    /// <summary>The best of the touched items, by score.</summary>
    public int Rank(int touched, ItemFilter filter, Span<ScoredItem> room)
    {
        var best = new BestItems(room);
        foreach (var item in TouchedItems.AsSpan(0, touched))
        {
            ref var vote = ref Votes[item];
            if (best.Takes(item, vote.Score) && filter.Allows(item))
            {
                best.Add(new ScoredItem(item, vote.Score, vote.QueryItem));
            }
        }

        return best.Count;
    }

    /// <summary>Which of the query's items a session has: bit 0 is the newest.</summary>
    internal struct Match
    {
        public uint Stamp;
        public uint Items;
    }

    internal struct Vote
    {
        public uint Stamp;
        public float Score;

        /// <summary>What was clicked right after the current item in the neighbours.</summary>
        public float Next;

        /// <summary>The query's item by which the first neighbour was found.</summary>
        public int QueryItem;
    }
}
