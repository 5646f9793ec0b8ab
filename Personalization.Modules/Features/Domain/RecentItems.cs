using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// The distinct items that a profile dealt with last, in event-time order. Eight bytes an item: 40 bits of milliseconds since
/// 2015 above 24 bits of item number, so order by number is order by time.
/// </summary>
internal struct RecentItems
{
    public const int MaxItem = (1 << 24) - 1;
    private const int ItemBits = 24;
    private ulong[]? _packed;
    private int _count;

    public readonly int Count => _count;

    public readonly ReadOnlySpan<ulong> Packed => _packed.AsSpan(0, _count);

    /// <summary>
    /// Puts the item where its time belongs. An item that is there already moves to its newest time; one that is older than
    /// all of a full list is left out.
    /// </summary>
    public void Add(int item, long timestampMs, int capacity)
    {
        var packed = Pack(item, timestampMs);
        var known = IndexOf(item);
        if (known >= 0)
        {
            if (_packed![known] >= packed)
            {
                return;
            }

            RemoveAt(known);
        }
        else if (_count == capacity)
        {
            if (packed < _packed![0])
            {
                return;
            }

            RemoveAt(0);
        }

        Insert(packed, capacity);
    }

    public void Remove(int item)
    {
        if (IndexOf(item) is var known and >= 0)
        {
            RemoveAt(known);
        }
    }

    public void AddAll(RecentItems others, int capacity)
    {
        foreach (var packed in others.Packed)
        {
            Add(ItemOf(packed), TimestampOf(packed), capacity);
        }
    }

    /// <summary>Takes a stored list back.</summary>
    public void Restore(ReadOnlySpan<ulong> packed)
    {
        _packed = packed.IsEmpty ? null : packed.ToArray();
        _count = packed.Length;
    }

    /// <summary>Copies newest first. Safe while the writer works: the caller checks the version afterwards.</summary>
    public readonly int CopyTo(Span<RecentItem> newestFirst)
    {
        var packed = _packed;
        var count = Math.Min(Math.Min(_count, packed?.Length ?? 0), newestFirst.Length);
        for (var i = 0; i < count; i++)
        {
            var entry = packed![count - 1 - i];
            newestFirst[i] = new RecentItem(ItemOf(entry), TimestampOf(entry));
        }

        return count;
    }

    private static ulong Pack(int item, long timestampMs) =>
        ((ulong)EventTime.ToOffset(timestampMs) << ItemBits) | (uint)item;

    private static int ItemOf(ulong packed) => (int)(packed & MaxItem);

    private static long TimestampOf(ulong packed) => EventTime.FromOffset((long)(packed >> ItemBits));

    private readonly int IndexOf(int item)
    {
        for (var i = 0; i < _count; i++)
        {
            if (ItemOf(_packed![i]) == item)
            {
                return i;
            }
        }

        return -1;
    }

    private void RemoveAt(int index)
    {
        _count--;
        Array.Copy(_packed!, index + 1, _packed!, index, _count - index);
    }

    private void Insert(ulong packed, int capacity)
    {
        if (_count == (_packed?.Length ?? 0))
        {
            Array.Resize(ref _packed, Math.Min(capacity, Math.Max(4, _count * 2)));
        }

        var at = _count;
        for (; at > 0 && _packed![at - 1] > packed; at--)
        {
            _packed[at] = _packed[at - 1];
        }

        _packed![at] = packed;
        _count++;
    }
}
