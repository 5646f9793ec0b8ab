using System.Numerics;
using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Tracking.Domain.Duplicates;

/// <summary>
/// A full generation of message keys, sorted and never changed: its filter stays in memory, its keys go to disk in pages.
/// Keys are hashes, so a page is simply the keys with the same leading bits, and needs no index.
/// </summary>
internal sealed class KeyRun
{
    private const int KeysPerPage = 256;
    private const int KeyBytes = 16;
    private readonly KeyFilter _filter;
    private readonly int _pageBits;
    private UInt128[]? _keys;
    private ICheckpointRows? _disk;

    /// <summary>Seals the keys. They stay in memory until <see cref="MoveToDisk"/>.</summary>
    public KeyRun(int id, UInt128[] sortedKeys, long newestMs)
    {
        Id = id;
        NewestMs = newestMs;
        KeyCount = sortedKeys.Length;
        _keys = sortedKeys;
        _pageBits = PageBits(KeyCount);
        _filter = new KeyFilter(KeyCount);
        foreach (var key in sortedKeys)
        {
            _filter.Add(key);
        }
    }

    private KeyRun(int id, int keyCount, long newestMs, KeyFilter filter)
    {
        Id = id;
        KeyCount = keyCount;
        NewestMs = newestMs;
        _pageBits = PageBits(keyCount);
        _filter = filter;
        IsCollected = true;
    }

    public int Id { get; }

    public int KeyCount { get; }

    /// <summary>Receive time of the newest event in it, Unix ms: when that is out of the window, so is the run.</summary>
    public long NewestMs { get; }

    /// <summary>Whether the run's rows were given to a checkpoint.</summary>
    public bool IsCollected { get; private set; }

    public int PageCount => 1 << _pageBits;

    public static KeyRun Load(long id, ReadOnlySpan<byte> header) => new(
        (int)id,
        MemoryMarshal.Read<int>(header),
        MemoryMarshal.Read<long>(header[4..]),
        KeyFilter.FromBytes(header[12..]));

    public bool Contains(UInt128 key) =>
        _filter.MayContain(key) && (_keys is { } keys ? Array.BinarySearch(keys, key) >= 0 : IsOnDisk(key));

    public void Collect(CheckpointWriter writer, byte headerTable, byte pageTable)
    {
        var header = writer.Reserve(headerTable, Id, 12 + _filter.Bytes.Length);
        MemoryMarshal.Write(header, KeyCount);
        MemoryMarshal.Write(header[4..], NewestMs);
        _filter.Bytes.CopyTo(header[12..]);

        var rest = MemoryMarshal.AsBytes(_keys.AsSpan());
        for (var page = 0; page < PageCount; page++)
        {
            var length = 0;
            while (length < rest.Length && Page(MemoryMarshal.Read<UInt128>(rest[length..])) == page)
            {
                length += KeyBytes;
            }

            writer.Put(pageTable, PageKey(page), rest[..length]);
            rest = rest[length..];
        }

        IsCollected = true;
    }

    public void Delete(CheckpointWriter writer, byte headerTable, byte pageTable)
    {
        writer.Delete(headerTable, Id);
        for (var page = 0; page < PageCount; page++)
        {
            writer.Delete(pageTable, PageKey(page));
        }
    }

    /// <summary>The pages can be read from disk now; the copy in memory goes.</summary>
    public void MoveToDisk(ICheckpointRows disk)
    {
        _disk = disk;
        _keys = null;
    }

    private bool IsOnDisk(UInt128 key)
    {
        var isFound = false;
        var pageKey = PageKey(Page(key));
        _disk!.Visit(DuplicateFilter.PageTable, pageKey, pageKey, (_, page) =>
            isFound = MemoryMarshal.Cast<byte, UInt128>(page).BinarySearch(key) >= 0);
        return isFound;
    }

    private int Page(UInt128 key) => _pageBits == 0 ? 0 : (int)(ulong)(key >> (128 - _pageBits));

    private long PageKey(int page) => ((long)Id << 24) | (uint)page;

    private static int PageBits(int keys) => BitOperations.Log2((uint)Math.Max(1, keys / KeysPerPage));
}
