using System.Buffers.Binary;
using System.IO.Compression;

namespace Personalization.Kernel.Log;

/// <summary>How a block's body is stored. Numbers are on disk.</summary>
internal enum BlockCodec
{
    Plain = 0,
    Brotli = 1,
}

/// <summary>
/// Builds the body of a block: for each entry its kind (1 byte), event count (4), body length (4) and body; compressed as a
/// whole when that pays. Reused from commit to commit.
/// </summary>
internal sealed class LogBlockBuilder(int compressAboveBytes)
{
    public const int EntryHeader = 9;

    // Quality 0 takes repeated JSON keys away for two thirds of what quality 1 costs (0.84 against 1.30 us an event of 975 bytes, bench path)
    // and leaves 130 bytes of a hundred such events each where 1 leaves 120; a 256 KiB window reaches across one usual block.
    private const int Quality = 0;
    private const int WindowBits = 18;
    private readonly ByteBuffer _raw = new();
    private readonly ByteBuffer _compressed = new();

    public int RawBytes => _raw.Length;

    public int EventCount { get; private set; }

    public void Clear()
    {
        _raw.Clear();
        EventCount = 0;
    }

    public void Add(LogEntry entry)
    {
        _raw.WriteByte(entry.Kind);
        _raw.WriteInt32(entry.Count);
        var lengthAt = _raw.Length;
        _raw.WriteInt32(0);
        entry.WriteTo(_raw);
        _raw.PatchInt32(lengthAt, _raw.Length - lengthAt - 4);
        EventCount += entry.Count;
    }

    /// <summary>Adds an entry whose body exists already: erasure copies blocks this way.</summary>
    public ByteBuffer BeginRaw(byte kind, int count, out int lengthAt)
    {
        _raw.WriteByte(kind);
        _raw.WriteInt32(count);
        lengthAt = _raw.Length;
        _raw.WriteInt32(0);
        EventCount += count;
        return _raw;
    }

    public void EndRaw(int lengthAt) => _raw.PatchInt32(lengthAt, _raw.Length - lengthAt - 4);

    /// <summary>The bytes to store, valid until the next call.</summary>
    public ReadOnlySpan<byte> Build(out BlockCodec codec)
    {
        codec = BlockCodec.Plain;
        if (_raw.Length < compressAboveBytes)
        {
            return _raw.Written;
        }

        var room = _compressed.Room(BrotliEncoder.GetMaxCompressedLength(_raw.Length));
        if (!BrotliEncoder.TryCompress(_raw.Written, room, out var length, Quality, WindowBits) || length >= _raw.Length)
        {
            return _raw.Written;
        }

        codec = BlockCodec.Brotli;
        return room[..length];
    }
}

/// <summary>Reads a stored block back, entry by entry.</summary>
internal readonly ref struct LogBlockReader
{
    private readonly ReadOnlySpan<byte> _raw;

    private LogBlockReader(ReadOnlySpan<byte> raw) => _raw = raw;

    /// <summary>Decompresses into <paramref name="buffer"/> when needed. Throws <see cref="InvalidDataException"/> on a corrupt body.</summary>
    public static LogBlockReader Open(in StoredBlock block, ByteBuffer buffer)
    {
        if (block.Codec == BlockCodec.Plain)
        {
            return new LogBlockReader(block.Body);
        }

        var room = buffer.Room(block.RawBytes);
        if (!BrotliDecoder.TryDecompress(block.Body, room, out var length) || length != block.RawBytes)
        {
            throw new InvalidDataException($"The log block at offset {block.FirstOffset} is corrupt: it does not decompress.");
        }

        return new LogBlockReader(room[..length]);
    }

    public Enumerator GetEnumerator() => new(_raw);

    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        public Enumerator(ReadOnlySpan<byte> raw) => _rest = raw;

        public StoredEntry Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            var count = BinaryPrimitives.ReadInt32LittleEndian(_rest[1..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(_rest[5..]);
            Current = new StoredEntry(_rest[0], count, _rest.Slice(LogBlockBuilder.EntryHeader, length));
            _rest = _rest[(LogBlockBuilder.EntryHeader + length)..];
            return true;
        }
    }
}

/// <summary>A row of the log as it is on disk.</summary>
internal readonly record struct StoredBlock(long FirstOffset, int EventCount, BlockCodec Codec, int RawBytes, byte[] Body);

/// <summary>An entry inside a block.</summary>
internal readonly ref struct StoredEntry(byte kind, int count, ReadOnlySpan<byte> body)
{
    public byte Kind { get; } = kind;

    public int Count { get; } = count;

    public ReadOnlySpan<byte> Body { get; } = body;
}
