using System.Numerics;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// A set of profiles: one bit each, in chunks that are made when somebody of them comes in, so that a small set of many profiles stays
/// small. Profiles of different partitions share words, so bits change interlocked; whoever reads never waits. Thread-safe.
/// </summary>
internal sealed class ProfileBits
{
    /// <summary>Profiles of one chunk, which is one row of a checkpoint: 512 bytes.</summary>
    public const int ChunkProfiles = 4_096;

    private const int ChunkWords = ChunkProfiles / 64;
    private readonly Lock _lock = new();
    private volatile Chunk?[] _chunks = [];
    private int _count;

    /// <summary>Profiles in the set.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Every profile of the set lies below.</summary>
    public int End => _chunks.Length * ChunkProfiles;

    /// <summary>Bytes that the set holds.</summary>
    public long Bytes => _chunks.Sum(chunk => chunk is null ? 8L : 8 + 40 + (ChunkWords * 8));

    /// <summary>One memory read, for a profile that never came in as well.</summary>
    public bool Contains(int profileId) =>
        Find(profileId) is { } chunk && (Volatile.Read(ref chunk.Words[WordOf(profileId)]) & BitOf(profileId)) != 0;

    /// <summary>Takes a profile in, or out. True when it was not so before.</summary>
    public bool Set(int profileId, bool isIn)
    {
        if (!isIn && Find(profileId) is null)
        {
            return false;
        }

        var chunk = Find(profileId) ?? Create(profileId);
        ref var word = ref chunk.Words[WordOf(profileId)];
        var bit = BitOf(profileId);
        var before = isIn ? Interlocked.Or(ref word, bit) : Interlocked.And(ref word, ~bit);
        if (((before & bit) != 0) == isIn)
        {
            return false;
        }

        Interlocked.Add(ref _count, isIn ? 1 : -1);
        chunk.IsDirty = true;
        return true;
    }

    /// <summary>64 profiles from a multiple of 64 on.</summary>
    public ulong Word(int firstProfileId) => Find(firstProfileId) is { } chunk ? Volatile.Read(ref chunk.Words[WordOf(firstProfileId)]) : 0;

    /// <summary>The first profile of the set from a number on; -1 when there is none.</summary>
    public int Next(int fromProfileId)
    {
        for (var id = Math.Max(0, fromProfileId); id < End; id = (id | 63) + 1)
        {
            if (_chunks[id / ChunkProfiles] is null)
            {
                id |= ChunkProfiles - 1;
                continue;
            }

            if (Word(id & ~63) >> (id & 63) is var rest && rest != 0)
            {
                return id + BitOperations.TrailingZeroCount(rest);
            }
        }

        return -1;
    }

    /// <summary>Takes chunk rows back whose keys begin with the number of the set.</summary>
    public void Load(int chunk, ReadOnlySpan<byte> row)
    {
        var words = Create(chunk * ChunkProfiles).Words;
        for (var i = 0; i < ChunkWords; i++)
        {
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(row[(i * 8)..]);
            _count += BitOperations.PopCount(words[i]);
        }
    }

    /// <summary>
    /// Writes the chunks that changed since the last time; one in which nobody is any more has no row, so that rows tell what is in the set and
    /// nothing of how it came to be. While nobody writes.
    /// </summary>
    /// <param name="writer">Takes the rows.</param>
    /// <param name="table">Which table.</param>
    /// <param name="number">The set's own: keys are number × 2³² + chunk.</param>
    /// <param name="all">Every chunk, as for a set that was not persisted so far.</param>
    public void Collect(CheckpointWriter writer, byte table, int number, bool all = false)
    {
        for (var i = 0; i < _chunks.Length; i++)
        {
            if (_chunks[i] is { } chunk && (chunk.IsDirty || all))
            {
                chunk.IsDirty = false;
                if (chunk.Words.AsSpan().IndexOfAnyExcept(0UL) < 0)
                {
                    writer.Delete(table, KeyOf(number, i));
                    continue;
                }

                var row = writer.Reserve(table, KeyOf(number, i), ChunkWords * 8);
                for (var word = 0; word < ChunkWords; word++)
                {
                    System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(row[(word * 8)..], chunk.Words[word]);
                }
            }
        }
    }

    /// <summary>Removes every row that <see cref="Collect"/> may have written.</summary>
    public void CollectRemoval(CheckpointWriter writer, byte table, int number)
    {
        for (var i = 0; i < _chunks.Length; i++)
        {
            if (_chunks[i] is not null)
            {
                writer.Delete(table, KeyOf(number, i));
            }
        }
    }

    public static long KeyOf(int number, int chunk) => ((long)number << 32) | (uint)chunk;

    private static int WordOf(int profileId) => (profileId % ChunkProfiles) >> 6;

    private static ulong BitOf(int profileId) => 1UL << (profileId & 63);

    private Chunk? Find(int profileId)
    {
        var chunks = _chunks;
        var index = (uint)profileId / ChunkProfiles;
        return index < (uint)chunks.Length ? Volatile.Read(ref chunks[index]) : null;
    }

    /// <summary>Growth and creation are rare, and guarded together: a chunk that went into an outgrown list would be lost.</summary>
    private Chunk Create(int profileId)
    {
        var index = profileId / ChunkProfiles;
        lock (_lock)
        {
            if (index >= _chunks.Length)
            {
                var grown = new Chunk?[index + 1];
                _chunks.CopyTo(grown, 0);
                _chunks = grown;
            }

            if (_chunks[index] is not { } chunk)
            {
                Volatile.Write(ref _chunks[index], chunk = new Chunk());
            }

            return chunk;
        }
    }

    private sealed class Chunk
    {
        public readonly ulong[] Words = new ulong[ChunkWords];
        public volatile bool IsDirty;
    }
}
