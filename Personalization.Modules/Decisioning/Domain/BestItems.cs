namespace Personalization.Decisioning.Domain;

/// <summary>Keeps the best few of many, best first. Equal scores go by item number, so that the same question has the same answer.</summary>
internal ref struct BestItems(Span<ScoredItem> room)
{
    private readonly Span<ScoredItem> _room = room;

    public int Count { get; private set; }

    /// <summary>Whether no item of this score would get in, nor of any smaller one.</summary>
    public readonly bool IsTooLittle(float score) => Count == _room.Length && Count > 0 && score < _room[Count - 1].Score;

    /// <summary>Whether an item of this score would get in: ask before anything costly is asked about the item.</summary>
    public readonly bool Takes(int item, float score) =>
        Count < _room.Length || (Count > 0 && IsBefore(item, score, _room[Count - 1]));

    /// <summary>Puts the item in its place and drops the last one when full. Only after <see cref="Takes"/>.</summary>
    public void Add(ScoredItem added)
    {
        var place = Count < _room.Length ? Count++ : Count - 1;
        while (place > 0 && IsBefore(added.Item, added.Score, _room[place - 1]))
        {
            _room[place] = _room[place - 1];
            place--;
        }

        _room[place] = added;
    }

    private static bool IsBefore(int item, float score, in ScoredItem other) =>
        score > other.Score || (score >= other.Score && item < other.Item);
}
