using System.Diagnostics;
using System.Runtime.CompilerServices;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// The distinct items that a profile dealt with last, by kind, each kind in event-time order. All kinds lie in one array, one
/// behind the other: a profile has few objects, and no kind holds room that another could use.
/// </summary>
internal struct RecentItems
{
    /// <summary>
    /// Items taken out of the cart, and when, so that a late add from before the removal does not put one back. Not shown.
    /// </summary>
    public const RecentKind Removed = (RecentKind)3;

    public const int MaxTotal = 32 + 16 + 32 + 8;
    private const int Kinds = 4;
    private ulong[]? _packed;
    private KindCounts _counts;

    private static ReadOnlySpan<byte> Capacities => [32, 16, 32, 8];

    /// <summary>Items of all kinds.</summary>
    public readonly int Total => _counts[0] + _counts[1] + _counts[2] + _counts[3];

    /// <summary>Oldest first. Owner only.</summary>
    public readonly ReadOnlySpan<ulong> Of(RecentKind kind) => _packed.AsSpan(StartOf(kind), _counts[(int)kind]);

    /// <summary>
    /// Puts the item where its time belongs. An item that is there already moves to its newest time; one that is older than
    /// all of a full kind is left out.
    /// </summary>
    public void Put(RecentKind kind, int item, long timestampMs)
    {
        var packed = PackedEntry.OfTime(item, timestampMs);
        var start = StartOf(kind);
        var end = start + _counts[(int)kind];
        var known = IndexOf(item, start, end);
        if (known >= 0)
        {
            Replace(known, end, packed);
        }
        else if (end - start == Capacities[(int)kind])
        {
            Replace(start, end, packed);
        }
        else
        {
            Insert(kind, start, end, packed);
        }
    }

    /// <summary>Takes the item out unless it was put in later than that.</summary>
    public void RemoveUntil(RecentKind kind, int item, long timestampMs)
    {
        var start = StartOf(kind);
        var known = IndexOf(item, start, start + _counts[(int)kind]);
        if (known >= 0 && PackedEntry.TimeOf(_packed![known]) <= timestampMs)
        {
            Array.Copy(_packed, known + 1, _packed, known, Total - known - 1);
            _counts[(int)kind]--;
        }
    }

    /// <summary>Whether the item is there with this time or a later one.</summary>
    public readonly bool HasSince(RecentKind kind, int item, long timestampMs)
    {
        var start = StartOf(kind);
        var known = IndexOf(item, start, start + _counts[(int)kind]);
        return known >= 0 && PackedEntry.TimeOf(_packed![known]) >= timestampMs;
    }

    public void PutAll(RecentKind kind, ref readonly RecentItems others)
    {
        foreach (var packed in others.Of(kind))
        {
            Put(kind, PackedEntry.NumberOf(packed), PackedEntry.TimeOf(packed));
        }
    }

    /// <summary>Takes a stored kind back; in the order of the kinds.</summary>
    public void Restore(RecentKind kind, ReadOnlySpan<ulong> packed)
    {
        Debug.Assert(Total == StartOf(kind), "Kinds are restored in their order.");
        var start = Total;
        if (packed.Length > 0)
        {
            Array.Resize(ref _packed, start + packed.Length);
            packed.CopyTo(_packed.AsSpan(start));
            _counts[(int)kind] = (byte)packed.Length;
        }
    }

    /// <summary>
    /// Copies everything while the owner may be writing: the caller must throw the copy away when the version has changed. False
    /// when that is plain to see.
    /// </summary>
    public readonly bool TryCopyTo(Span<ulong> room, out KindCounts counts)
    {
        var packed = _packed;
        counts = _counts;
        var total = counts[0] + counts[1] + counts[2] + counts[3];
        if (total > (packed?.Length ?? 0) || total > room.Length)
        {
            return false;
        }

        packed.AsSpan(0, total).CopyTo(room);
        return true;
    }

    private readonly int StartOf(RecentKind kind)
    {
        var start = 0;
        for (var i = 0; i < (int)kind; i++)
        {
            start += _counts[i];
        }

        return start;
    }

    private readonly int IndexOf(int item, int start, int end)
    {
        var packed = _packed.AsSpan(start, end - start);
        for (var i = 0; i < packed.Length; i++)
        {
            if (PackedEntry.NumberOf(packed[i]) == item)
            {
                return start + i;
            }
        }

        return -1;
    }

    /// <summary>The entry at <paramref name="index"/> gives way to the new one if that is newer; those between move down.</summary>
    private readonly void Replace(int index, int end, ulong packed)
    {
        var entries = _packed!;
        if (entries[index] >= packed)
        {
            return;
        }

        for (; index + 1 < end && entries[index + 1] < packed; index++)
        {
            entries[index] = entries[index + 1];
        }

        entries[index] = packed;
    }

    private void Insert(RecentKind kind, int start, int end, ulong packed)
    {
        var total = Total;
        if (total == (_packed?.Length ?? 0))
        {
            Array.Resize(ref _packed, SizeAfter(total));
        }

        var entries = _packed!;
        var at = end;
        while (at > start && entries[at - 1] > packed)
        {
            at--;
        }

        Array.Copy(entries, at, entries, at + 1, total - at);
        entries[at] = packed;
        _counts[(int)kind]++;
    }

    /// <summary>4, 8, 16, then eights: most profiles are small, and the large ones should not pay for a doubling.</summary>
    private static int SizeAfter(int total) => total switch
    {
        < 4 => 4,
        < 8 => 8,
        < 16 => 16,
        _ => (total / 8 * 8) + 8,
    };

    /// <summary>Items of each kind.</summary>
    [InlineArray(Kinds)]
    internal struct KindCounts
    {
        private byte _first;
    }
}
