using System.Buffers.Binary;
using Personalization.Features.Domain.Cold;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// What all features keep of one profile or item: one array of sections, each with the number of its version, its length and its bytes, ascending
/// by number. Written by whoever owns the key, read by anyone through a version counter that is odd while a write is under way.
/// Bytes: object 40, array 24 and its room, of a section 4 and its state; its entry in the table 8.
/// </summary>
internal sealed class KeyState : IColdEntry
{
    private const int HeaderBytes = 4;
    private const int FirstRoom = 32;

    /// <summary>Of the two objects and the place in the table.</summary>
    private const int OwnBytes = 72;
    private int _version;
    private int _length;
    private byte[] _bytes = [];

    /// <summary>Stands in the place of a profile that is on disk only.</summary>
    public bool IsCold { get; init; }

    /// <summary>Whether the key is on the list for the next checkpoint.</summary>
    public bool IsDirty { get; set; }

    long IColdEntry.Bytes => IsCold ? 0 : OwnBytes + _bytes.Length;

    /// <summary>All sections. Owner, or while the pipeline rests.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Bytes that are held.</summary>
    public int Room => _bytes.Length;

    /// <summary>The state of a version; empty when there is none. Owner only, until the next write.</summary>
    public ReadOnlySpan<byte> Section(int number)
    {
        var place = PlaceOf(Bytes, number, out var isThere);
        return isThere ? Bytes.Slice(place + HeaderBytes, LengthAt(Bytes, place)) : default;
    }

    /// <summary>Whether there is a section, be it empty. Owner only.</summary>
    public bool Has(int number)
    {
        PlaceOf(Bytes, number, out var isThere);
        return isThere;
    }

    /// <summary>Puts a section in the place of the one before. Owner only; the section is none of this object's own bytes.</summary>
    public void Put(int number, ReadOnlySpan<byte> section)
    {
        var place = PlaceOf(Bytes, number, out var isThere);
        var end = isThere ? place + HeaderBytes + LengthAt(Bytes, place) : place;
        Replace(place, end, number, section);
    }

    /// <summary>Drops the sections of versions that are no longer in use, and tells whether there were any. Owner only.</summary>
    public bool Keep(Func<int, bool> isAlive)
    {
        var before = _length;
        for (var place = 0; place < _length;)
        {
            var end = place + HeaderBytes + LengthAt(Bytes, place);
            if (isAlive(NumberAt(Bytes, place)))
            {
                place = end;
            }
            else
            {
                BeginWrite();
                _bytes.AsSpan(end.._length).CopyTo(_bytes.AsSpan(place));
                _length -= end - place;
                EndWrite();
            }
        }

        return _length != before;
    }

    /// <summary>Copies one consistent version of a section. Tries again while the owner writes, and lets the owner run after a few tries.</summary>
    /// <returns>Bytes copied; -1 when there is no such section.</returns>
    public int CopyTo(int number, Span<byte> into)
    {
        for (var wait = new SpinWait(); ; wait.SpinOnce(sleep1Threshold: -1))
        {
            var before = Volatile.Read(ref _version);
            if ((before & 1) != 0)
            {
                continue;
            }

            var bytes = _bytes;
            var copied = Copy(bytes.AsSpan(0, Math.Min(_length, bytes.Length)), number, into);

            // A full fence, not only the read barrier that the processor needs: no compiler moves the copy below this one.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _version) == before)
            {
                return copied;
            }
        }
    }

    /// <summary>Takes all sections back, from a checkpoint.</summary>
    public static KeyState Decode(ReadOnlySpan<byte> row) => new() { _bytes = row.ToArray(), _length = row.Length };

    public static KeyState NewMark() => new() { IsCold = true };

    /// <summary>Each section's number, in order. Owner, or while the pipeline rests.</summary>
    public IEnumerable<int> Numbers()
    {
        for (var place = 0; place < _length; place += HeaderBytes + LengthAt(Bytes, place))
        {
            yield return NumberAt(Bytes, place);
        }
    }

    private void Replace(int place, int end, int number, ReadOnlySpan<byte> section)
    {
        var start = place + HeaderBytes;
        var length = _length - (end - place) + HeaderBytes + section.Length;
        var room = length <= _bytes.Length ? _bytes : new byte[Math.Max(FirstRoom, length + (length / 4))];
        BeginWrite();
        _bytes.AsSpan(0, ReferenceEquals(room, _bytes) ? 0 : place).CopyTo(room);
        _bytes.AsSpan(end.._length).CopyTo(room.AsSpan(start + section.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(room.AsSpan(place), (ushort)number);
        BinaryPrimitives.WriteUInt16LittleEndian(room.AsSpan(place + 2), (ushort)section.Length);
        section.CopyTo(room.AsSpan(start));
        _bytes = room;
        _length = length;
        EndWrite();
    }

    /// <summary>While the owner writes, lengths may be anything: nothing is read beyond the array, and what was read is thrown away.</summary>
    private static int Copy(ReadOnlySpan<byte> bytes, int number, Span<byte> into)
    {
        for (var place = 0; place + HeaderBytes <= bytes.Length;)
        {
            var length = LengthAt(bytes, place);
            if (NumberAt(bytes, place) == number)
            {
                if (length > into.Length || place + HeaderBytes + length > bytes.Length)
                {
                    return -1;
                }

                bytes.Slice(place + HeaderBytes, length).CopyTo(into);
                return length;
            }

            place += HeaderBytes + length;
        }

        return -1;
    }

    private static int PlaceOf(ReadOnlySpan<byte> bytes, int number, out bool isThere)
    {
        var place = 0;
        while (place < bytes.Length && NumberAt(bytes, place) < number)
        {
            place += HeaderBytes + LengthAt(bytes, place);
        }

        isThere = place < bytes.Length && NumberAt(bytes, place) == number;
        return place;
    }

    private static int NumberAt(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[place..]);

    private static int LengthAt(ReadOnlySpan<byte> bytes, int place) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(place + 2)..]);

    private void BeginWrite()
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
    }

    private void EndWrite() => Volatile.Write(ref _version, _version + 1);
}
