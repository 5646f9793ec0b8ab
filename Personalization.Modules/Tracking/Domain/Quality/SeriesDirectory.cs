using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Dense numbers of (source, event name). One thread adds, any thread finds; nothing is allocated for a name that is known.
/// Bounded: names beyond the bound, and names that are too long to be names, are number 0, "everything else".
/// </summary>
internal sealed class SeriesDirectory
{
    public const int Other = 0;
    public const int MaxNameBytes = 128;

    /// <summary>A client that invents names which collide finds itself among everything else rather than slowing the rest.</summary>
    private const int MaxProbes = 32;
    private readonly Series[] _series;
    private readonly int[] _slots;
    private readonly ulong _seed;
    private int _count = 1;

    /// <param name="capacity">Series beside number 0.</param>
    /// <param name="seed">Secret, so that collisions cannot be made on purpose.</param>
    public SeriesDirectory(int capacity, ulong seed)
    {
        _series = new Series[capacity + 1];
        _series[0] = new Series(0, default, [], "(other)");
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)capacity * 4)];
        _seed = seed;
    }

    /// <summary>Numbers given out, 0 included.</summary>
    public int Count => Volatile.Read(ref _count);

    public int Capacity => _series.Length;

    public Series this[int id] => _series[id];

    /// <summary>The number of an event's series; a new one while there is room. One thread.</summary>
    public int Resolve(ushort sourceId, EventType type, ReadOnlySpan<byte> name)
    {
        name = NameOf(type, name);
        var found = Probe(sourceId, type, name, out var slot);
        return found >= 0 || slot < 0 || _count == _series.Length || name.Length > MaxNameBytes ? Math.Max(found, Other) : Add(sourceId, type, name, slot);
    }

    /// <summary>The number, or 0 for a series that has none. Any thread.</summary>
    public int Find(ushort sourceId, EventType type, ReadOnlySpan<byte> name) =>
        Math.Max(Probe(sourceId, type, NameOf(type, name), out _), Other);

    /// <summary>Only track calls have names that are a vocabulary; those of pages are as many as there are pages.</summary>
    private static ReadOnlySpan<byte> NameOf(EventType type, ReadOnlySpan<byte> name) => type == EventType.Track ? name : default;

    private int Add(ushort sourceId, EventType type, ReadOnlySpan<byte> name, int slot)
    {
        var id = _count;
        _series[id] = new Series(sourceId, type, name.ToArray(), type == EventType.Track ? Encoding.UTF8.GetString(name) : type.ToString().ToLowerInvariant());
        Volatile.Write(ref _count, id + 1);
        Volatile.Write(ref _slots[slot], id);
        return id;
    }

    /// <summary>The series, or -1 and the slot that it would take, or -1 when it is not to get one.</summary>
    private int Probe(ushort sourceId, EventType type, ReadOnlySpan<byte> name, out int free)
    {
        var hash = Hash(_seed ^ ((ulong)sourceId << 8) ^ (ulong)type, name);
        for (var probe = 0; probe < MaxProbes; probe++)
        {
            free = (int)((hash + (ulong)probe) & (ulong)(_slots.Length - 1));
            var id = Volatile.Read(ref _slots[free]);
            if (id == 0)
            {
                return -1;
            }

            var series = _series[id];
            if (series.SourceId == sourceId && series.Type == type && name.SequenceEqual(series.NameUtf8))
            {
                return id;
            }
        }

        free = -1;
        return -1;
    }

    /// <summary>Folded multiplication, eight bytes at a time, after wyhash.</summary>
    private static ulong Hash(ulong seed, ReadOnlySpan<byte> text)
    {
        var hash = Fold(seed ^ (ulong)text.Length, 0xA0761D6478BD642F);
        for (; text.Length >= 8; text = text[8..])
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text), 0xE7037ED1A0B428DB);
        }

        var rest = 0UL;
        foreach (var letter in text)
        {
            rest = (rest << 8) | letter;
        }

        return Fold(hash ^ rest, 0x8EBC6AF09C88C6E3);
    }

    private static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}

/// <summary>One source and one event name. Pages, screens and the calls without a name are one series a source.</summary>
/// <param name="SourceId">Its source; 0 for number 0.</param>
/// <param name="Type">The call.</param>
/// <param name="NameUtf8">Of a track call; else empty.</param>
/// <param name="Name">For people: the event name, or the call.</param>
internal sealed record Series(ushort SourceId, EventType Type, byte[] NameUtf8, string Name);
