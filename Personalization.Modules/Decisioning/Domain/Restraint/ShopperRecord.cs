using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>Something that a shopper bought or dismissed, and when.</summary>
/// <param name="Key">Number of an item, or key of an offer.</param>
/// <param name="AtMs">Unix ms.</param>
internal readonly record struct Mark(ulong Key, long AtMs);

/// <summary>How often a shopper was shown an offer.</summary>
/// <param name="Offer">Its key.</param>
/// <param name="Times">Since ever.</param>
internal readonly record struct Tally(ulong Offer, long Times);

/// <summary>
/// What one shopper was shown, bought, clicked and dismissed. Each list keeps its newest; it is read and written under the lock of its shopper's
/// stripe. What the log says is kept apart from what was only promised to an answer, so that a checkpoint holds nothing that a replay could not tell.
/// </summary>
internal sealed class ShopperRecord : IShopperRecord<ShopperRecord>
{
    /// <summary>Impressions that are kept: more than any cap counts.</summary>
    public const int MaxShown = 128;

    public const int MaxBought = 512;
    public const int MaxDismissed = 64;
    public const int MaxTallies = 128;
    private const int HeaderBytes = sizeof(long) + (5 * sizeof(int));

    /// <summary>As the log tells, oldest first.</summary>
    public List<Impression> Shown { get; private set; } = [];

    /// <summary>Given to answers, and not come back from the log yet. Not stored.</summary>
    public List<Impression> Promised { get; } = [];

    /// <summary>Numbers of items, oldest first.</summary>
    public List<Mark> Bought { get; private set; } = [];

    /// <summary>Numbers of items and keys of offers, oldest first.</summary>
    public List<Mark> Dismissed { get; private set; } = [];

    /// <summary>How often each offer was shown since ever.</summary>
    public List<Tally> Tallies { get; private set; } = [];

    /// <summary>There were more offers than tallies, so that of one without a tally nobody knows.</summary>
    public bool HasLostTallies { get; private set; }

    /// <summary>When an offer was clicked last, Unix ms; 0 for never.</summary>
    public long ClickedAtMs { get; set; }

    public bool IsDirty { get; set; }

    /// <summary>Nothing that would be stored.</summary>
    public bool IsEmpty => Shown.Count + Bought.Count + Dismissed.Count + Tallies.Count == 0 && ClickedAtMs == 0;

    /// <summary>An answer's offer is counted once, whoever tells of it: this server, or the page when it was seen.</summary>
    public void Add(in Impression shown)
    {
        foreach (var known in Shown)
        {
            if (shown.Decision != 0 && known.Decision == shown.Decision && known.Offer == shown.Offer)
            {
                return;
            }
        }

        var place = Shown.Count;
        while (place > 0 && Shown[place - 1].AtMs > shown.AtMs)
        {
            place--;
        }

        Shown.Insert(place, shown);
        Trim(Shown, MaxShown);
        Count(shown.Offer, 1);
    }

    /// <summary>How often an offer was shown or promised since ever; more than any bound when nobody knows.</summary>
    public long TimesOf(ulong offer)
    {
        long times = HasLostTallies ? int.MaxValue : 0;
        foreach (var tally in Tallies)
        {
            times = tally.Offer == offer ? tally.Times : times;
        }

        foreach (var promised in Promised)
        {
            times += promised.Offer == offer ? 1 : 0;
        }

        return times;
    }

    public void Buy(int item, long atMs) => Put(Bought, (uint)item, atMs, MaxBought);

    public bool Return(int item) => Bought.RemoveAll(mark => mark.Key == (uint)item) > 0;

    public void Dismiss(ulong key, long atMs) => Put(Dismissed, key, atMs, MaxDismissed);

    public bool Has(int item) => IndexOf(Bought, (uint)item) >= 0;

    public bool IsDismissed(ulong key, long sinceMs) => IndexOf(Dismissed, key) is var place and >= 0 && Dismissed[place].AtMs >= sinceMs;

    public void Take(ShopperRecord other)
    {
        Shown = [.. Shown.Concat(other.Shown).Distinct().OrderBy(each => each.AtMs).ThenBy(each => each.Offer).ThenBy(each => each.Decision).TakeLast(MaxShown)];
        Bought = Union(Bought, other.Bought, MaxBought);
        Dismissed = Union(Dismissed, other.Dismissed, MaxDismissed);
        ClickedAtMs = Math.Max(ClickedAtMs, other.ClickedAtMs);
        HasLostTallies |= other.HasLostTallies;
        other.Tallies.ForEach(tally => Count(tally.Offer, tally.Times));
        Promised.AddRange(other.Promised);
    }

    public void Forget()
    {
        Shown.Clear();
        Bought.Clear();
        Dismissed.Clear();
        Tallies.Clear();
        HasLostTallies = false;
        ClickedAtMs = 0;
    }

    public byte[] Encode()
    {
        var bytes = new byte[HeaderBytes + (Shown.Count * Impression.Bytes) + ((Bought.Count + Dismissed.Count + Tallies.Count) * 16)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ClickedAtMs);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Shown.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Bought.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Dismissed.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Tallies.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), HasLostTallies ? 1 : 0);
        var rest = bytes.AsSpan(HeaderBytes);
        rest = Write(Shown, rest);
        rest = Write(Bought, rest);
        rest = Write(Dismissed, rest);
        Write(Tallies, rest);
        return bytes;
    }

    public static ShopperRecord Decode(ReadOnlySpan<byte> bytes)
    {
        var record = new ShopperRecord { ClickedAtMs = BinaryPrimitives.ReadInt64LittleEndian(bytes) };
        var rest = bytes[HeaderBytes..];
        record.Shown = Read<Impression>(ref rest, BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
        record.Bought = Read<Mark>(ref rest, BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));
        record.Dismissed = Read<Mark>(ref rest, BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]));
        record.Tallies = Read<Tally>(ref rest, BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]));
        record.HasLostTallies = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]) != 0;
        return record;
    }

    /// <summary>In the order of offers, so that the same events leave the same bytes. The least shown goes when there are too many.</summary>
    private void Count(ulong offer, long times)
    {
        var place = Tallies.FindIndex(tally => tally.Offer >= offer);
        if (place >= 0 && Tallies[place].Offer == offer)
        {
            Tallies[place] = new Tally(offer, Tallies[place].Times + times);
            return;
        }

        Tallies.Insert(place < 0 ? Tallies.Count : place, new Tally(offer, times));
        if (Tallies.Count > MaxTallies)
        {
            Tallies.Remove(Tallies.MinBy(tally => (tally.Times, tally.Offer)));
            HasLostTallies = true;
        }
    }

    private static Span<byte> Write<T>(List<T> list, Span<byte> into)
        where T : struct
    {
        var bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(list));
        bytes.CopyTo(into);
        return into[bytes.Length..];
    }

    private static List<T> Read<T>(ref ReadOnlySpan<byte> from, int count)
        where T : struct
    {
        var size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>() * count;
        var list = new List<T>(count);
        list.AddRange(MemoryMarshal.Cast<byte, T>(from[..size].ToArray()));
        from = from[size..];
        return list;
    }

    private static int IndexOf(List<Mark> marks, ulong key)
    {
        for (var i = marks.Count - 1; i >= 0; i--)
        {
            if (marks[i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }

    private static void Put(List<Mark> marks, ulong key, long atMs, int most)
    {
        if (IndexOf(marks, key) is var known and >= 0)
        {
            atMs = Math.Max(atMs, marks[known].AtMs);
            marks.RemoveAt(known);
        }

        var place = marks.Count;
        while (place > 0 && marks[place - 1].AtMs > atMs)
        {
            place--;
        }

        marks.Insert(place, new Mark(key, atMs));
        Trim(marks, most);
    }

    private static List<Mark> Union(List<Mark> one, List<Mark> other, int most) =>
        [.. one.Concat(other).GroupBy(mark => mark.Key).Select(same => same.MaxBy(mark => mark.AtMs)).OrderBy(mark => mark.AtMs).ThenBy(mark => mark.Key).TakeLast(most)];

    private static void Trim<T>(List<T> list, int most)
    {
        if (list.Count > most)
        {
            list.RemoveRange(0, list.Count - most);
        }
    }
}
