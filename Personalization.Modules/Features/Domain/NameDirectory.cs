using System.Text;
using System.Text.Unicode;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain;

/// <summary>
/// Texts and their dense numbers, given in log order by the sequencer, never changed and never taken back. Readers look up
/// without waiting. About 130 bytes a name.
/// </summary>
/// <param name="hasher">Makes the keys.</param>
/// <param name="space">Name space of the keys.</param>
/// <param name="table">Where checkpoints keep the names.</param>
/// <param name="capacity">Names that get a number.</param>
internal sealed class NameDirectory(KeyHasher hasher, KeySpace space, byte table, int capacity)
{
    /// <summary>Longer texts are no names: they get no number.</summary>
    public const int MaxBytes = 512;
    private readonly KeyMap _numbers = new();
    private readonly ChunkedArray<string> _names = new();
    private int _count;
    private int _collected;
    private long _refused;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Times that a name got no number: it came after the directory was full, was too long, or was no UTF-8.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public string this[int number] => _names[number];

    /// <summary>The number of a name, given now when it is new; -1 for an empty one or when it is refused. Sequencer only.</summary>
    public int Resolve(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return -1;
        }

        if (name.Length > MaxBytes)
        {
            return Refuse();
        }

        var key = hasher.Hash(space, name);
        var known = _numbers.Find(key);
        return known >= 0 ? known
            : _count < capacity && Utf8.IsValid(name) ? Add(key, name)
            : Refuse();
    }

    public int Resolve(string? name)
    {
        Span<byte> utf8 = stackalloc byte[MaxBytes];
        return string.IsNullOrEmpty(name) ? -1
            : Encoding.UTF8.TryGetBytes(name, utf8, out var length) ? Resolve(utf8[..length])
            : Refuse();
    }

    /// <summary>The number of a name, or -1. Any thread.</summary>
    public int Find(ReadOnlySpan<char> name)
    {
        Span<byte> utf8 = stackalloc byte[MaxBytes];
        return !name.IsEmpty && Encoding.UTF8.TryGetBytes(name, utf8, out var length) ? _numbers.Find(hasher.Hash(space, utf8[..length])) : -1;
    }

    /// <inheritdoc cref="Find(ReadOnlySpan{char})"/>
    public int Find(ReadOnlySpan<byte> name) => name.IsEmpty || name.Length > MaxBytes ? -1 : _numbers.Find(hasher.Hash(space, name));

    /// <summary>Takes all names back, also those beyond a capacity that has been lowered since.</summary>
    public void Load(CheckpointReader reader)
    {
        reader.Visit(table, (_, name) => Add(hasher.Hash(space, name), name));
        _collected = _count;
    }

    public void Collect(CheckpointWriter writer)
    {
        for (; _collected < _count; _collected++)
        {
            var name = _names[_collected];
            Encoding.UTF8.GetBytes(name, writer.Reserve(table, _collected, Encoding.UTF8.GetByteCount(name)));
        }
    }

    private int Add(UInt128 key, ReadOnlySpan<byte> name)
    {
        var number = _count;
        _names.Ensure(number) = Encoding.UTF8.GetString(name);

        // The name first, then the number's existence, then the way to it: whoever finds a number can read its name.
        Volatile.Write(ref _count, number + 1);
        _numbers.Set(key, number);
        return number;
    }

    private int Refuse()
    {
        Volatile.Write(ref _refused, _refused + 1);
        return -1;
    }
}
