using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// The rows of a module's next cut on disk, from before the kernel seals it until they stand in the module's tables. Written once, from the
/// beginning to the end, and read only when the process ended in between; so a file of bytes is enough, and costs a third of what a table would.
/// Layout: magic and version (8 bytes), offset (8), SHA-256 of what follows it, the offset included (32), then segments, each with its length (4).
/// </summary>
internal sealed class CutFile(string path)
{
    private const int HeaderBytes = 48;
    private const int BufferBytes = 128 << 10;
    private static ReadOnlySpan<byte> Magic => "PCUT\0\0\0\x01"u8;

    /// <summary>
    /// Puts a cut in place of any other. It is on disk when this returns. Each segment goes there on its own: a hundred megabytes at once
    /// would keep the log's commits waiting behind them. <paramref name="pause"/> is called between two.
    /// </summary>
    public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> segments, Action? pause = null)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], offset);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
        file.Write(header);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header[8..16]);
        Span<byte> length = stackalloc byte[4];
        for (var i = 0; i < segments.Count; i++)
        {
            if (i > 0)
            {
                file.Flush(flushToDisk: true);
                pause?.Invoke();
            }

            var segment = segments[i];
            BinaryPrimitives.WriteInt32LittleEndian(length, segment.Length);
            file.Write(length);
            file.Write(segment.Span);
            hash.AppendData(length);
            hash.AppendData(segment.Span);
        }

        // Last: until then the file is nobody's cut.
        hash.GetHashAndReset(header[16..]);
        file.Position = 0;
        file.Write(header);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Its segments when the file holds the whole cut at <paramref name="offset"/>; null when it holds another, or part of one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? TryRead(long offset)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan().StartsWith(Magic) ||
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(8)) != offset)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header, 8, 8);
        var segments = new List<ReadOnlyMemory<byte>>();
        while (TryReadSegment(file, hash) is { } segment)
        {
            segments.Add(segment);
        }

        return CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), header.AsSpan(16)) ? segments : null;
    }

    public void Delete() => File.Delete(path);

    private static byte[]? TryReadSegment(FileStream file, IncrementalHash hash)
    {
        var prefix = new byte[4];
        if (file.ReadAtLeast(prefix, 4, throwOnEndOfStream: false) < 4)
        {
            return null;
        }

        // What a crash has left of a file may say anything.
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length < 0 || length > file.Length - file.Position)
        {
            return null;
        }

        var segment = new byte[length];
        file.ReadExactly(segment);
        hash.AppendData(prefix);
        hash.AppendData(segment);
        return segment;
    }
}
