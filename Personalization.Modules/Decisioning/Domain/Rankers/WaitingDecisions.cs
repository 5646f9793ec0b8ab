using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// Answers that wait for what comes of them, and the rankers that learn from it. Answers come from the log in its order, what came of them from the
/// stages: with several partitions in the order in which these came to it. Learning happens under a short lock; decisions read snapshots.
/// </summary>
[ReplayRows(RankerTable, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(WaitingTable, RowForm.NotCompared, Shared)]
internal sealed partial class WaitingDecisions : ICheckpointed, IPersonalDataStore
{
    private const string Shared = "Answers come on the sequencer, what came of them on the partitions, which may be behind.";
    private const byte RankerTable = 1;
    private const byte WaitingTable = 2;

    /// <summary>Learnt items after which decisions rank by the new state: often enough to be prompt, seldom enough to keep every version.</summary>
    private const int PublishEvery = 32;
    private readonly Lock _lock = new();
    private readonly RankerOptions _options;
    private readonly Dictionary<string, OnlineRanker> _rankers;
    private readonly Dictionary<string, RankerSnapshot> _snapshots;
    private readonly Dictionary<UInt128, Waiting> _waiting = [];
    private readonly Dictionary<long, Waiting> _byNumber = [];
    private readonly Queue<Waiting> _byAge = new();
    private readonly Dictionary<int, List<Waiting>> _byProfile = [];
    private readonly HashSet<long> _dirty = [];
    private readonly HashSet<string> _dirtyRankers = new(StringComparer.Ordinal);
    private volatile Dictionary<string, RankerSnapshot> _current;
    private long _next;

    public WaitingDecisions(RankerOptions options, IEnumerable<OnlineRanker> rankers)
    {
        _options = options;
        _rankers = rankers.ToDictionary(ranker => ranker.Placement, StringComparer.Ordinal);
        _snapshots = _rankers.ToDictionary(pair => pair.Key, pair => pair.Value.Snapshot(), StringComparer.Ordinal);
        _current = new(_snapshots, StringComparer.Ordinal);
    }

    public string FileName => "rankers";

    public int Version => 2;

    public string Name => "decisioning/clicked-answers";

    /// <summary>Rankers as decisions use them now, by placement. Any thread.</summary>
    public IReadOnlyDictionary<string, RankerSnapshot> Current => _current;

    /// <summary>Answers that wait for what comes of them.</summary>
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

    /// <summary>What a ranker knows of a placement; null when none ranks there.</summary>
    public RankerSnapshot? Of(string placement) => _current.GetValueOrDefault(placement);

    /// <summary>An answer was given.</summary>
    public void Add(ShownAnswer answer)
    {
        lock (_lock)
        {
            while (_byAge.TryPeek(out var oldest) && (oldest.Answer.AtMs <= answer.AtMs - (_options.WaitMinutes * 60_000L) || _byAge.Count >= _options.MaxWaiting))
            {
                _byAge.Dequeue();
                Remove(oldest);
            }

            if (_rankers.ContainsKey(answer.Placement) && !_waiting.ContainsKey(answer.Key))
            {
                Put(new Waiting { Number = _next++, Answer = answer, Outcomes = new byte[answer.Items.Length] });
                _dirty.Add(_next - 1);
            }
        }
    }

    /// <summary>The answer was seen. The first time counts.</summary>
    /// <param name="key">Of the decision.</param>
    /// <param name="items">What was seen of it; all of it when nothing is said.</param>
    public void Seen(UInt128 key, ReadOnlySpan<int> items)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(key, out var waiting))
            {
                return;
            }

            for (var place = 0; place < waiting.Answer.Items.Length; place++)
            {
                var isNew = waiting.Outcomes[place] == 0;
                if ((items.IsEmpty || items.Contains(waiting.Answer.Items[place])) && Mark(waiting, place, OutcomeKind.Seen) && isNew)
                {
                    Ranker(waiting).LearnShown(waiting.Answer.FeaturesOf(place), place);
                }
            }

            Publish(waiting.Answer.Placement);
        }
    }

    /// <summary>Something came of an item of an answer. Of each kind the first time counts.</summary>
    /// <param name="key">Of the decision; default to find the last clicked answer of the profile that had the item.</param>
    /// <param name="profileId">Whose.</param>
    /// <param name="item">Which.</param>
    /// <param name="kind">What.</param>
    /// <returns>The key of the decision that it counts for; default when there is none.</returns>
    public UInt128 Came(UInt128 key, int profileId, int item, OutcomeKind kind)
    {
        lock (_lock)
        {
            var waiting = key == default ? LastClicked(profileId, item) : _waiting.GetValueOrDefault(key);
            var place = waiting?.Answer.PlaceOf(item) ?? -1;
            if (waiting is null || place < 0)
            {
                return default;
            }

            Bind(waiting, profileId);
            var (before, wasShown) = (RewardOf(waiting.Outcomes[place]), (waiting.Outcomes[place] & (1 << (int)OutcomeKind.Seen)) != 0);
            if (Mark(waiting, place, kind))
            {
                Ranker(waiting).LearnOutcome(waiting.Answer.FeaturesOf(place), place, _options.RewardOf(kind), before, wasShown);
                Publish(waiting.Answer.Placement);
            }

            return waiting.Answer.Key;
        }
    }

    /// <summary>What one profile clicked is another's from now on.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        lock (_lock)
        {
            if (_byProfile.Remove(fromProfileId, out var moved))
            {
                foreach (var waiting in moved)
                {
                    waiting.ProfileId = -1;
                    Bind(waiting, intoProfileId);
                }
            }
        }
    }

    /// <summary>Who clicked is not known any more; what was learnt stays.</summary>
    public int Forget(int profileId)
    {
        lock (_lock)
        {
            if (!_byProfile.Remove(profileId, out var forgotten))
            {
                return 0;
            }

            foreach (var waiting in forgotten)
            {
                waiting.ProfileId = -1;
                _dirty.Add(waiting.Number);
            }

            return forgotten.Count;
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(RankerTable, (_, row) =>
        {
            var nameLength = BinaryPrimitives.ReadInt32LittleEndian(row);
            var name = System.Text.Encoding.UTF8.GetString(row.Slice(sizeof(int), nameLength));
            if (_rankers.TryGetValue(name, out var ranker))
            {
                ranker.Restore(row[(sizeof(int) + nameLength)..]);
                _snapshots[name] = ranker.Snapshot();
            }
        });
        reader.Visit(WaitingTable, (number, row) =>
        {
            Put(Read(number, row));
            _next = number + 1;
        });
        _current = new(_snapshots, StringComparer.Ordinal);
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var placement in _dirtyRankers)
            {
                var name = System.Text.Encoding.UTF8.GetBytes(placement);
                var state = _rankers[placement].ToBytes();
                var row = writer.Reserve(RankerTable, KeyOf(placement), sizeof(int) + name.Length + state.Length);
                BinaryPrimitives.WriteInt32LittleEndian(row, name.Length);
                name.CopyTo(row[sizeof(int)..]);
                state.CopyTo(row[(sizeof(int) + name.Length)..]);
            }

            foreach (var number in _dirty)
            {
                if (_byNumber.TryGetValue(number, out var waiting))
                {
                    Write(waiting, writer);
                }
                else
                {
                    writer.Delete(WaitingTable, number);
                }
            }

            _dirtyRankers.Clear();
            _dirty.Clear();
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => new(subject.ProfileIds.Sum(profile => (long)Forget(profile)));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(subject.ProfileIds.Sum(profile => (long)(_byProfile.GetValueOrDefault(profile)?.Count ?? 0)));
        }
    }

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        lock (_lock)
        {
            foreach (var waiting in subject.ProfileIds.Order().SelectMany(profile => _byProfile.GetValueOrDefault(profile) ?? []))
            {
                json.WriteStartObject();
                json.WriteString("placement", waiting.Answer.Placement);
                json.WriteNumber("decidedAtMs", waiting.Answer.AtMs);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }

    private OnlineRanker Ranker(Waiting waiting) => _rankers[waiting.Answer.Placement];

    /// <summary>What an item has been worth by what came of it; null when nothing has.</summary>
    private double? RewardOf(byte outcomes)
    {
        double? most = null;
        for (var kind = OutcomeKind.Clicked; kind <= OutcomeKind.Ordered; kind++)
        {
            if ((outcomes & (1 << (int)kind)) != 0)
            {
                most = Math.Max(most ?? 0, _options.RewardOf(kind));
            }
        }

        return most;
    }

    private bool Mark(Waiting waiting, int place, OutcomeKind kind)
    {
        var bit = (byte)(1 << (int)kind);
        if ((waiting.Outcomes[place] & bit) != 0)
        {
            return false;
        }

        waiting.Outcomes[place] |= bit;
        _dirty.Add(waiting.Number);
        _dirtyRankers.Add(waiting.Answer.Placement);
        return true;
    }

    private void Publish(string placement)
    {
        if (_rankers[placement].Learnt - _snapshots[placement].Version >= PublishEvery)
        {
            _snapshots[placement] = _rankers[placement].Snapshot();
            _current = new(_snapshots, StringComparer.Ordinal);
        }
    }

    private void Put(Waiting waiting)
    {
        _waiting.Add(waiting.Answer.Key, waiting);
        _byNumber.Add(waiting.Number, waiting);
        _byAge.Enqueue(waiting);
        if (waiting.ProfileId >= 0)
        {
            Bind(waiting, waiting.ProfileId);
        }
    }

    private void Bind(Waiting waiting, int profileId)
    {
        if (profileId < 0)
        {
            return;
        }

        ref var own = ref CollectionsMarshal.GetValueRefOrAddDefault(_byProfile, profileId, out _);
        own ??= [];
        if (own.Contains(waiting))
        {
            return;
        }

        Unbind(waiting);
        own.Add(waiting);
        waiting.ProfileId = profileId;
        _dirty.Add(waiting.Number);
    }

    private void Unbind(Waiting waiting)
    {
        if (waiting.ProfileId >= 0 && _byProfile.TryGetValue(waiting.ProfileId, out var own) && own.Remove(waiting) && own.Count == 0)
        {
            _byProfile.Remove(waiting.ProfileId);
        }
    }

    private void Remove(Waiting waiting)
    {
        _waiting.Remove(waiting.Answer.Key);
        _byNumber.Remove(waiting.Number);
        Unbind(waiting);
        _dirty.Add(waiting.Number);
    }

    private Waiting? LastClicked(int profileId, int item) => _byProfile.GetValueOrDefault(profileId)?.FindLast(waiting =>
        waiting.Answer.PlaceOf(item) is var place and >= 0 && (waiting.Outcomes[place] & (1 << (int)OutcomeKind.Clicked)) != 0);

    /// <summary>A placement keeps its row whichever others are configured: FNV-1a of its name.</summary>
    private static long KeyOf(string placement)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var character in placement)
        {
            hash = (hash ^ character) * 1_099_511_628_211UL;
        }

        return (long)(hash >> 1);
    }
}
