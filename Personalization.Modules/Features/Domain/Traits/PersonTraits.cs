using System.Runtime.InteropServices;
using Personalization.Features.Domain.Cold;

namespace Personalization.Features.Domain.Traits;

/// <summary>One trait as it is kept, 48 bytes; also after it was taken back, so that what was said before does not return when it comes late.</summary>
internal struct TraitEntry
{
    public long TimeMs;
    public long Offset;
    public long ExpiresAtMs;
    public double Number;
    public int Key;
    public int Source;
    public ushort TextStart;
    public byte TextLength;
    public ScalarKind Kind;
    public int Unused;

    public readonly bool IsBefore(ref readonly TraitEntry other) => TimeMs < other.TimeMs || (TimeMs == other.TimeMs && Offset < other.Offset);

    public readonly ReadOnlySpan<byte> TextIn(ReadOnlySpan<byte> texts) => texts.Slice(TextStart, TextLength);
}

/// <summary>
/// The traits of one person. Immutable for readers but for the times of traits that were said again; whatever else changes makes another one. Of
/// each name and source the last word by event time counts, then by the place in the log. In order of name, then what the shop says itself
/// before what others say, then the latest first.
/// </summary>
internal sealed class PersonTraits : IColdEntry
{
    /// <summary>Traits of a person; a further name is left out.</summary>
    public const int Max = 64;

    public static readonly PersonTraits None = new([], []);

    /// <summary>Of the three objects and the place in the table.</summary>
    private const int OwnBytes = 96;
    private readonly TraitEntry[] _entries;
    private readonly byte[] _texts;

    private PersonTraits(TraitEntry[] entries, byte[] texts) => (_entries, _texts) = (entries, texts);

    public ReadOnlySpan<TraitEntry> Entries => _entries;

    public ReadOnlySpan<byte> Texts => _texts;

    /// <summary>Stands in the place of a person whose traits are on disk only.</summary>
    public bool IsCold { get; private init; }

    public long Bytes => IsCold ? 0 : OwnBytes + MemoryMarshal.AsBytes(Entries).Length + _texts.Length;

    /// <summary>Whether it waits for a checkpoint. The loop that owns the profile, or whoever runs while it rests.</summary>
    public bool IsDirty { get; set; }

    public static PersonTraits NewMark() => new([], []) { IsCold = true };

    /// <summary>The same with one more word: this object where nothing but a time changes.</summary>
    /// <param name="said">What was said; where its text lies does not matter.</param>
    /// <param name="text">Of a text.</param>
    public PersonTraits With(ref readonly TraitEntry said, ReadOnlySpan<byte> text)
    {
        var place = PlaceOf(said.Key, said.Source);
        if (place < 0)
        {
            return _entries.Length == Max ? this : Rebuilt(-1, in said, text);
        }

        ref var known = ref _entries[place];
        if (said.IsBefore(in known))
        {
            return this;
        }

        if (said.Source == 0 && known.Kind == said.Kind && known.Number.Equals(said.Number) && known.TextIn(_texts).SequenceEqual(text))
        {
            Volatile.Write(ref known.TimeMs, said.TimeMs);
            known.Offset = said.Offset;
            return this;
        }

        return Rebuilt(place, in said, text);
    }

    /// <summary>The words of both.</summary>
    public PersonTraits With(PersonTraits other)
    {
        var united = this;
        foreach (ref readonly var entry in other.Entries)
        {
            united = united.With(in entry, entry.TextIn(other.Texts));
        }

        return united;
    }

    /// <summary>When the first one expires, Unix ms; <see cref="long.MaxValue"/> for never.</summary>
    public long NextExpiryMs
    {
        get
        {
            var next = long.MaxValue;
            foreach (ref readonly var entry in Entries)
            {
                next = Math.Min(next, entry.ExpiresAtMs);
            }

            return next;
        }
    }

    /// <summary>The same without what has expired by a time; this object when nothing has.</summary>
    public PersonTraits Without(long expiredByMs)
    {
        if (NextExpiryMs > expiredByMs)
        {
            return this;
        }

        var left = None;
        foreach (ref readonly var entry in Entries)
        {
            left = entry.ExpiresAtMs > expiredByMs ? left.With(in entry, entry.TextIn(_texts)) : left;
        }

        return left;
    }

    public void CopyTo(TraitSet into)
    {
        foreach (ref readonly var entry in Entries)
        {
            if (entry.Kind == ScalarKind.Text)
            {
                into.Add(entry.Key, entry.TextIn(_texts), entry.TimeMs, entry.Source, entry.ExpiresAtMs);
            }
            else if (entry.Kind != ScalarKind.None)
            {
                var value = entry.Kind == ScalarKind.Number ? Scalar.Of(entry.Number) : Scalar.Of(entry.Kind == ScalarKind.True);
                into.Add(entry.Key, value, entry.TimeMs, entry.Source, entry.ExpiresAtMs);
            }
        }
    }

    /// <summary>Bytes of <see cref="Encode"/>.</summary>
    public int EncodedBytes => 1 + MemoryMarshal.AsBytes(Entries).Length + _texts.Length;

    /// <summary>How many, each, then the texts. Little-endian machines only, like the rest of the files.</summary>
    public void Encode(Span<byte> room)
    {
        room[0] = (byte)_entries.Length;
        var entries = MemoryMarshal.AsBytes(Entries);
        entries.CopyTo(room[1..]);
        _texts.CopyTo(room[(1 + entries.Length)..]);
    }

    public static PersonTraits Decode(ReadOnlySpan<byte> bytes)
    {
        var entries = new TraitEntry[bytes[0]];
        var room = MemoryMarshal.AsBytes(entries.AsSpan());
        bytes.Slice(1, room.Length).CopyTo(room);
        return new PersonTraits(entries, bytes[(1 + room.Length)..].ToArray());
    }

    private int PlaceOf(int key, int source)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].Key == key && _entries[i].Source == source)
            {
                return i;
            }
        }

        return -1;
    }

    private PersonTraits Rebuilt(int replaced, ref readonly TraitEntry said, ReadOnlySpan<byte> text)
    {
        var entries = new List<TraitEntry>(_entries.Length + 1);
        for (var i = 0; i < _entries.Length; i++)
        {
            if (i != replaced)
            {
                entries.Add(_entries[i]);
            }
        }

        var place = entries.FindIndex(new Place(said).IsBehind);
        place = place < 0 ? entries.Count : place;
        entries.Insert(place, said);

        var ordered = entries.ToArray();
        var texts = new byte[text.Length + ordered.Where((_, i) => i != place).Sum(entry => entry.TextLength)];
        var length = 0;
        for (var i = 0; i < ordered.Length; i++)
        {
            var from = i == place ? text : ordered[i].TextIn(_texts);
            from.CopyTo(texts.AsSpan(length));
            (ordered[i].TextStart, ordered[i].TextLength) = ((ushort)length, (byte)from.Length);
            length += from.Length;
        }

        return new PersonTraits(ordered, texts);
    }

    /// <summary>Where a new word stands among the others.</summary>
    private sealed class Place(TraitEntry said)
    {
        public bool IsBehind(TraitEntry other) =>
            other.Key != said.Key ? other.Key > said.Key
            : (other.Source == 0) != (said.Source == 0) ? said.Source == 0
            : other.TimeMs != said.TimeMs ? other.TimeMs < said.TimeMs
            : other.Source > said.Source;
    }
}
