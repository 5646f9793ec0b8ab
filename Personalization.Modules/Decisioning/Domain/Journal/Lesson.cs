using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Journal;

/// <summary>What a ranker may learn from of one decision: its answer as the ranker saw it. Pooled with its buffer, and grows to what answers need.</summary>
internal sealed class Lesson
{
    private int[] _items = [];
    private byte[] _features = [];
    private int _count;

    /// <summary>Whose ranker made the answer.</summary>
    public string Placement { get; private set; } = "";

    /// <summary>Whether nothing may be learnt.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>In their places.</summary>
    public ReadOnlySpan<int> Items => _items.AsSpan(0, _count);

    /// <summary>Of the items, one after the other; zeros for one that no part proposed.</summary>
    public ReadOnlySpan<byte> Features => _features.AsSpan(0, _count * FeatureTable.Width);

    public void Clear() => _count = 0;

    public void Take(string placement, ReadOnlySpan<SlateEntry> answer, FeatureTable features)
    {
        (Placement, _count) = (placement, answer.Length);
        if (_items.Length < _count)
        {
            (_items, _features) = (new int[_count], new byte[_count * FeatureTable.Width]);
        }

        for (var i = 0; i < _count; i++)
        {
            _items[i] = answer[i].Item;
            var own = _features.AsSpan(i * FeatureTable.Width, FeatureTable.Width);
            if (answer[i].Row == 0)
            {
                own.Clear();
            }
            else
            {
                features[answer[i].Row - 1].CopyTo(own);
            }
        }
    }
}
