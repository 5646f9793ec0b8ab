using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Feed;

/// <summary>
/// Facts for others to read at their own pace, each exactly once along a chain of cursors: rows of the checkpoint and what came since. Places
/// are given by each partition in the order of the log, so what a replay repeats gets the place that it had, and a cursor survives crash
/// and restart. When the number of partitions changes, new shards begin and the old ones stay readable until they have aged out. Bounded by
/// count and age. Persisted by whoever owns it.
/// </summary>
[HoldsNoPersonalData("Its owner erases, counts and exports through it.")]
internal sealed class FactFeed(int partitions, byte blockTable, byte stateTable, FeedLimits limits)
{
    private const int ShardsOfGeneration = 64;
    private readonly Lock _lock = new();
    private volatile ImmutableSortedDictionary<int, FeedShard> _shards = ImmutableSortedDictionary<int, FeedShard>.Empty;
    private FeedShard[] _current = [];
    private TaskCompletionSource? _awaited;
    private volatile ICheckpointRows? _rows;
    private int _generation;

    /// <summary>Facts that are kept.</summary>
    public long Count => _shards.Values.Sum(shard => shard.Count);

    /// <summary>Behind everything that there is now.</summary>
    public FeedCursor End => new(_shards.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.End));

    /// <summary>Adds a fact, and returns its place. The partition's loop, or anybody while the pipeline rests.</summary>
    public void Append(int partition, long atMs, int profileId, ReadOnlySpan<byte> body)
    {
        ShardOf(partition).Append(atMs, profileId, body);
        if (Volatile.Read(ref _awaited) is not null)
        {
            Interlocked.Exchange(ref _awaited, null)?.TrySetResult();
        }
    }

    /// <summary>Completes when something is added after the call, or has been since <paramref name="seen"/>.</summary>
    public Task WaitAsync(FeedCursor seen)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting = Interlocked.CompareExchange(ref _awaited, waiting, null) ?? waiting;
        return _shards.Values.Any(shard => shard.End > seen.Places.GetValueOrDefault(shard.Number)) ? Task.CompletedTask : waiting.Task;
    }

    /// <summary>Whether facts behind a cursor have aged out before they were read.</summary>
    public bool IsExpired(FeedCursor after) =>
        !after.IsStart && _shards.Values.Any(shard => after.Places.GetValueOrDefault(shard.Number) < shard.First);

    /// <summary>
    /// Facts behind a cursor, at most <paramref name="limit"/> that pass, those of one time in order of their shards; and the cursor behind
    /// everything that was looked at. Reads disk. Any thread.
    /// </summary>
    /// <param name="after">Where to begin.</param>
    /// <param name="limit">At least 1.</param>
    /// <param name="maxLooks">Facts that are looked at at most, so that a filter that nothing passes comes to an end.</param>
    /// <param name="passes">Which are wanted.</param>
    public (IReadOnlyList<FeedFact> Facts, FeedCursor Next) Read(FeedCursor after, int limit, int maxLooks, Func<FeedFact, bool> passes)
    {
        var places = End.Places.ToBuilder();
        var heads = new PriorityQueue<(FeedShard Shard, IReadOnlyList<FeedFact> Facts, int At), (long AtMs, int Shard)>();
        foreach (var shard in _shards.Values)
        {
            places[shard.Number] = Math.Max(shard.First, after.Places.GetValueOrDefault(shard.Number));
            Enqueue(shard, places[shard.Number]);
        }

        var facts = new List<FeedFact>();
        for (var looks = 0; looks < maxLooks && facts.Count < limit && heads.TryDequeue(out var head, out _); looks++)
        {
            var fact = head.Facts[head.At];
            places[head.Shard.Number] = fact.Sequence + 1;
            if (fact.ProfileId >= 0 && passes(fact))
            {
                facts.Add(fact);
            }

            if (head.At + 1 < head.Facts.Count)
            {
                heads.Enqueue((head.Shard, head.Facts, head.At + 1), (head.Facts[head.At + 1].AtMs, head.Shard.Number));
            }
            else
            {
                Enqueue(head.Shard, fact.Sequence + 1);
            }
        }

        return (facts, new FeedCursor(places.ToImmutable()));

        void Enqueue(FeedShard shard, long from)
        {
            if (shard.Read(from, _rows) is { Count: > 0 } read)
            {
                heads.Enqueue((shard, read, 0), (read[0].AtMs, shard.Number));
            }
        }
    }

    /// <summary>All facts of these people, shard by shard. Reads disk.</summary>
    public IEnumerable<FeedFact> FactsOf(IReadOnlySet<int> profileIds) =>
        _shards.Values.SelectMany(shard => shard.All(_rows)).Where(fact => profileIds.Contains(fact.ProfileId));

    public long CountOf(IReadOnlySet<int> profileIds) => FactsOf(profileIds).LongCount();

    public long Erase(IReadOnlySet<int> profileIds) => _shards.Values.Sum(shard => shard.Erase(profileIds, _rows));

    public void Load(CheckpointReader reader)
    {
        var partitionsBefore = partitions;
        reader.Visit(stateTable, (_, row) => (_generation, partitionsBefore) = (MemoryMarshal.Read<int>(row), MemoryMarshal.Read<int>(row[4..])));
        reader.Visit(blockTable, (key, row) => Shard(FeedShard.ShardOf(key)).Load(FeedShard.FirstOf(key), row));
        _generation += partitionsBefore == partitions ? 0 : 1;
    }

    /// <param name="writer">Takes the rows.</param>
    /// <param name="nowMs">The log's clock: what is too old by then goes.</param>
    public void Collect(CheckpointWriter writer, long nowMs)
    {
        Trim(nowMs);
        foreach (var shard in _shards.Values)
        {
            shard.Collect(writer);
        }

        var state = writer.Reserve(stateTable, 0, 8);
        BinaryPrimitives.WriteInt32LittleEndian(state, _generation);
        BinaryPrimitives.WriteInt32LittleEndian(state[4..], partitions);
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        _rows = rows;
        foreach (var shard in _shards.Values)
        {
            shard.OnPersisted();
        }
    }

    private void Trim(long nowMs)
    {
        foreach (var shard in _shards.Values)
        {
            while (shard.OldestBlockAtMs < nowMs - (long)limits.Age.TotalMilliseconds && shard.TryTrim())
            {
            }
        }

        while (Count > limits.Facts && _shards.Values.MinBy(shard => shard.OldestBlockAtMs) is { } oldest && oldest.TryTrim())
        {
        }
    }

    private FeedShard ShardOf(int partition)
    {
        var current = Volatile.Read(ref _current);
        if (current.Length == 0)
        {
            lock (_lock)
            {
                current = [.. Enumerable.Range(0, partitions).Select(number => Shard((_generation * ShardsOfGeneration) + number))];
                Volatile.Write(ref _current, current);
            }
        }

        return current[partition];
    }

    private FeedShard Shard(int number)
    {
        lock (_lock)
        {
            if (!_shards.TryGetValue(number, out var shard))
            {
                _shards = _shards.Add(number, shard = new FeedShard(number, blockTable));
            }

            return shard;
        }
    }
}
