using System.Text;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain;

/// <summary>
/// Texts and their dense numbers, given in log order by the sequencer, never changed and never taken back. Readers look up
/// without waiting.
/// </summary>
internal sealed class NameDirectory(KeyHasher hasher, KeySpace space, byte table, int capacity)
{
    private readonly KeyMap _numbers = new();
    private readonly ChunkedArray<string> _names = new();
    private int _count;
    private int _collected;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Names that came after the directory was full.</summary>
    public long Refused { get; private set; }

    public string this[int number] => _names[number];

    /// <summary>The number of a name, given now when it is new; -1 for an empty one or when full. Sequencer only.</summary>
    public int Resolve(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return -1;
        }

        var key = hasher.Hash(space, name);
        var known = _numbers.Find(key);
        return known >= 0 ? known : Add(key, name);
    }

    /// <summary>The number of a name, or -1. Any thread.</summary>
    public int Find(ReadOnlySpan<char> name)
    {
        Span<byte> utf8 = stackalloc byte[1_024];
        return Encoding.UTF8.TryGetBytes(name, utf8, out var length) ? _numbers.Find(hasher.Hash(space, utf8[..length])) : -1;
    }

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
        if (_count >= capacity)
        {
            Refused++;
            return -1;
        }

        var number = _count;
        _names.Ensure(number) = Encoding.UTF8.GetString(name);

        // The name first, then the number's existence, then the way to it: whoever finds a number can read its name.
        Volatile.Write(ref _count, number + 1);
        _numbers.Set(key, number);
        return number;
    }
}
