using System.Buffers.Binary;
using System.Text;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Journal;

/// <summary>Bytes of one decision on the way to the disk. Pooled: grows to what decisions need, up to a bound, and then allocates nothing.</summary>
internal sealed class RecordBuffer
{
    /// <summary>Bytes of a record, at most. A slate of 400 candidates that ten steps changed comes to about that.</summary>
    public const int MaxBytes = 64 * 1024;
    private const int MaxText = 256;
    private const int MaxNumber = 10;
    private const int MaxEntry = (3 * MaxNumber) + sizeof(float) + 2;
    private byte[] _bytes = new byte[2048];

    public int Length { get; private set; }

    /// <summary>It would have been larger: what is missing is its end.</summary>
    public bool IsOverfull { get; private set; }

    public Guid DecisionId { get; set; }

    public long AtMs { get; set; }

    /// <summary>Whose; -1 when no profile was used.</summary>
    public int ProfileId { get; set; }

    /// <summary>What the ranker that made it knew; null when none did.</summary>
    public Rankers.RankerSnapshot? Ranker { get; set; }

    /// <summary>What it may teach a ranker.</summary>
    public Lesson Lesson { get; } = new();

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Clear() => (Length, IsOverfull) = (0, false);

    public void Byte(byte value)
    {
        if (Room(1))
        {
            _bytes[Length++] = value;
        }
    }

    public void Number(long value) => Unsigned(Zigzag(value));

    public void Unsigned(ulong value)
    {
        if (Room(MaxNumber))
        {
            Length += Put(value, _bytes.AsSpan(Length));
        }
    }

    public void Single(float value)
    {
        if (Room(sizeof(float)))
        {
            BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(Length), value);
            Length += sizeof(float);
        }
    }

    /// <summary>A candidate. There are hundreds in a record, so room is looked for once.</summary>
    public void Entry(ref readonly SlateEntry entry)
    {
        if (!Room(MaxEntry))
        {
            return;
        }

        var to = _bytes.AsSpan(Length, MaxEntry);
        var length = Put(Zigzag(entry.Item), to);
        BinaryPrimitives.WriteSingleLittleEndian(to[length..], entry.Score);
        length += sizeof(float);
        length += Put(Zigzag(entry.BecauseOf), to[length..]);
        to[length++] = (byte)entry.Reason;
        to[length++] = entry.Part;
        Length += length + Put(entry.Row, to[length..]);
    }

    /// <summary>What a ranker saw of a candidate: how many features are not 0, and these.</summary>
    public void Features(ReadOnlySpan<byte> values)
    {
        if (Room(1 + FeatureTable.MaxPacked))
        {
            var packed = FeatureTable.Pack(values, _bytes.AsSpan(Length + 1));
            _bytes[Length] = (byte)(packed / 2);
            Length += 1 + packed;
        }
    }

    public void Id(Guid value)
    {
        if (Room(16))
        {
            value.TryWriteBytes(_bytes.AsSpan(Length));
            Length += 16;
        }
    }

    /// <summary>At most 256 bytes of it; null is kept apart from empty.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Unsigned(0);
            return;
        }

        var characters = value.AsSpan(0, Math.Min(value.Length, MaxText / 3));
        var bytes = Encoding.UTF8.GetByteCount(characters);
        Unsigned((ulong)bytes + 1);
        if (Room(bytes))
        {
            Length += Encoding.UTF8.GetBytes(characters, _bytes.AsSpan(Length));
        }
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <returns>Bytes written.</returns>
    private static int Put(ulong value, Span<byte> to)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            to[length++] = (byte)(value | 0x80);
        }

        to[length++] = (byte)value;
        return length;
    }

    private bool Room(int bytes)
    {
        if (IsOverfull || Length + bytes > MaxBytes)
        {
            IsOverfull = true;
            return false;
        }

        if (Length + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }

        return true;
    }
}
