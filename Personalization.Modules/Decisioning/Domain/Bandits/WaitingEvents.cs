using System.Buffers.Binary;
using Personalization.Decisioning.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Bandits;

/// <summary>An event that waits for its reward.</summary>
internal sealed class WaitingEvent
{
    public required UInt128 Key { get; init; }

    public required Example Example { get; init; }

    public required float Probability { get; init; }

    public required long RankedAtMs { get; init; }

    /// <summary>The number by which it is ordered and stored.</summary>
    public required long Number { get; init; }

    public bool IsActive { get; set; }

    public bool HasReward { get; set; }

    public float Reward { get; set; }
}

/// <summary>
/// What was ranked, what came of it, and what the model learnt of that. Changes come one after the other in the order of the log and carry
/// their own time, so a replay learns the same. Asked for on any thread, changed on one.
/// </summary>
[HoldsNoPersonalData("Hashes of features and of the caller's event ids; nothing says whose they were.")]
internal sealed class WaitingEvents(RewardModel model, BanditOptions options) : ICheckpointed
{
    private const byte ModelTable = 10;
    private const byte WaitingTable = 11;
    private const byte NumberTable = 12;
    private const int FixedBytes = 16 + sizeof(long) + (3 * sizeof(float)) + sizeof(int);
    private const float MostImportance = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, WaitingEvent> _waiting = [];
    private readonly Queue<WaitingEvent> _byAge = new();
    private readonly HashSet<long> _dirty = [];
    private readonly Dictionary<long, WaitingEvent> _byNumber = [];
    private long _next;
    private bool _isNumberDirty;

    public string FileName => "decisioning";

    public int Version => 1;

    /// <summary>Events that wait for a reward.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    public bool IsWaiting(UInt128 key)
    {
        lock (_lock)
        {
            return _waiting.ContainsKey(key);
        }
    }

    /// <summary>An action was chosen. The first of two events of one id counts.</summary>
    public void Rank(UInt128 key, Example example, float probability, bool isDeferred, long atMs)
    {
        lock (_lock)
        {
            EndUntil(atMs - (options.RewardWaitSeconds * 1_000L));
            if (_waiting.ContainsKey(key))
            {
                return;
            }

            while (_byAge.Count >= options.MaxWaiting)
            {
                End(_byAge.Dequeue());
            }

            var added = new WaitingEvent { Key = key, Example = example, Probability = probability, RankedAtMs = atMs, Number = _next++, IsActive = !isDeferred };
            _isNumberDirty = true;
            Add(added);
            _dirty.Add(added.Number);
        }
    }

    /// <summary>It was shown after all.</summary>
    public void Activate(UInt128 key, long atMs)
    {
        lock (_lock)
        {
            EndUntil(atMs - (options.RewardWaitSeconds * 1_000L));
            if (_waiting.TryGetValue(key, out var waiting))
            {
                waiting.IsActive = true;
                _dirty.Add(waiting.Number);
                LearnIfReady(waiting);
            }
        }
    }

    /// <summary>Something came of it.</summary>
    public void Reward(UInt128 key, float value, long atMs)
    {
        lock (_lock)
        {
            EndUntil(atMs - (options.RewardWaitSeconds * 1_000L));
            if (!_waiting.TryGetValue(key, out var waiting) || (waiting.HasReward && options.RewardAggregation == RewardAggregation.Earliest))
            {
                return;
            }

            waiting.Reward += value;
            waiting.HasReward = true;
            _dirty.Add(waiting.Number);
            LearnIfReady(waiting);
        }
    }

    public void Load(CheckpointReader reader)
    {
        model.Load(reader, ModelTable);
        reader.Visit(NumberTable, (_, row) => _next = BinaryPrimitives.ReadInt64LittleEndian(row));
        reader.Visit(WaitingTable, (number, row) => Add(Read(number, row)));
    }

    public void Collect(CheckpointWriter writer)
    {
        model.Collect(writer, ModelTable);
        if (_isNumberDirty)
        {
            BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(NumberTable, 0, sizeof(long)), _next);
            _isNumberDirty = false;
        }

        foreach (var number in _dirty)
        {
            if (_byNumber.TryGetValue(number, out var waiting))
            {
                Write(waiting, writer.Reserve(WaitingTable, number, FixedBytes + waiting.Example.ByteCount));
            }
            else
            {
                writer.Delete(WaitingTable, number);
            }
        }

        _dirty.Clear();
    }

    private void Add(WaitingEvent added)
    {
        _waiting.Add(added.Key, added);
        _byNumber.Add(added.Number, added);
        _byAge.Enqueue(added);
    }

    /// <summary>The first reward of a shown event is all there is to wait for.</summary>
    private void LearnIfReady(WaitingEvent waiting)
    {
        if (waiting is { IsActive: true, HasReward: true } && options.RewardAggregation == RewardAggregation.Earliest)
        {
            Remove(waiting);
            Learn(waiting, waiting.Reward);
        }
    }

    private void EndUntil(long rankedMs)
    {
        while (_byAge.TryPeek(out var oldest) && oldest.RankedAtMs <= rankedMs)
        {
            End(_byAge.Dequeue());
        }
    }

    /// <summary>What was never shown teaches nothing.</summary>
    private void End(WaitingEvent waiting)
    {
        if (Remove(waiting) && waiting.IsActive)
        {
            Learn(waiting, waiting.HasReward ? waiting.Reward : (float)options.DefaultReward);
        }
    }

    private bool Remove(WaitingEvent waiting)
    {
        if (!_byNumber.Remove(waiting.Number))
        {
            return false; // Learnt already; only its place in the queue of ages was left.
        }

        _waiting.Remove(waiting.Key);
        _dirty.Add(waiting.Number);
        return true;
    }

    private void Learn(WaitingEvent waiting, float reward) =>
        model.Learn(waiting.Example, reward, Math.Min(1 / waiting.Probability, MostImportance));

    private static WaitingEvent Read(long number, ReadOnlySpan<byte> row) => new()
    {
        Number = number,
        Key = BinaryPrimitives.ReadUInt128LittleEndian(row),
        RankedAtMs = BinaryPrimitives.ReadInt64LittleEndian(row[16..]),
        Probability = BinaryPrimitives.ReadSingleLittleEndian(row[24..]),
        Reward = BinaryPrimitives.ReadSingleLittleEndian(row[28..]),
        IsActive = (row[32] & 1) != 0,
        HasReward = (row[32] & 2) != 0,
        Example = Example.Read(row[FixedBytes..], BinaryPrimitives.ReadInt32LittleEndian(row[36..])),
    };

    private static void Write(WaitingEvent waiting, Span<byte> row)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(row, waiting.Key);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], waiting.RankedAtMs);
        BinaryPrimitives.WriteSingleLittleEndian(row[24..], waiting.Probability);
        BinaryPrimitives.WriteSingleLittleEndian(row[28..], waiting.Reward);
        BinaryPrimitives.WriteInt32LittleEndian(row[32..], (waiting.IsActive ? 1 : 0) | (waiting.HasReward ? 2 : 0));
        BinaryPrimitives.WriteInt32LittleEndian(row[36..], waiting.Example.Context.Length);
        waiting.Example.WriteTo(row[FixedBytes..]);
    }
}
