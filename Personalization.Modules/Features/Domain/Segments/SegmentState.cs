using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Features.Domain.Feed;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// What is kept of segments over a restart: definitions, members by chunks of profiles, when each profile is due, and the feed. What is being
/// prepared is asked anew after a start, which costs what preparing costs; everything else is read and not asked.
/// </summary>
[ReplayRows(SegmentTable, RowForm.NotCompared, "Notes whether time has been seen to matter, also while a version was being prepared.")]
[ReplayRows(DueTable, RowForm.NotCompared, "Somebody may be due earlier than needed, because a version that was prepared asked for it.")]
[ReplayRows(FeedTable, RowForm.NotCompared, "What is too old or too much goes with a checkpoint, whenever that is.")]
[ReplayRows(FeedStateTable, RowForm.NotCompared, "Counts changes of the number of partitions.")]
internal sealed class SegmentState(SegmentEngine engine, FactFeed feed, ILogClock clock) : ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    public const byte FeedTable = 45;
    public const byte FeedStateTable = 46;
    private const byte SegmentTable = 40;
    private const byte MemberTable = 41;
    private const byte KnownTable = 42;
    private const byte DueTable = 43;
    private const byte AnewTable = 44;
    private const byte CounterTable = 47;

    /// <summary>Slots of live versions that have rows, with what was written of <see cref="SegmentVersion.IsTimed"/>.</summary>
    private readonly Dictionary<int, bool> _persisted = [];
    private readonly List<Segment> _loaded = [];
    private readonly HashSet<int> _anewRows = [];
    private bool _isRestored;

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/segments";

    public void Load(CheckpointReader reader)
    {
        reader.Visit(SegmentTable, (number, row) => _loaded.Add(SegmentRow.Read((int)number, row.ToArray())));
        var bySlot = _loaded.Select(segment => segment.Live).OfType<SegmentVersion>().ToDictionary(version => version.Slot);
        foreach (var live in bySlot.Values)
        {
            _persisted[live.Slot] = live.IsTimed;
        }

        reader.Visit(MemberTable, (key, row) => bySlot.GetValueOrDefault((int)(key >> 32))?.Members.Load((int)key, row));
        reader.Visit(KnownTable, (key, row) => engine.Roster.Known.Load((int)key, row));
        reader.Visit(DueTable, (profileId, row) => engine.LoopOf((int)profileId).Due.Load((int)profileId, row));
        reader.Visit(AnewTable, (profileId, row) =>
        {
            _anewRows.Add((int)profileId);
            engine.Roster.MarkAnew((int)profileId, MemoryMarshal.Cast<byte, int>(row));
        });
        reader.Visit(CounterTable, (_, row) =>
            (engine.NextSlot, engine.Roster.Rebuilds) = (BinaryPrimitives.ReadInt32LittleEndian(row), BinaryPrimitives.ReadInt64LittleEndian(row[4..])));
        feed.Load(reader);
    }

    /// <summary>Conditions are compiled when every state that they name is loaded: that is when the first cut is told of.</summary>
    public void OnPersisted(ICheckpointRows rows)
    {
        feed.OnPersisted(rows);
        if (!_isRestored)
        {
            _isRestored = true;
            engine.Restore(_loaded);
            _loaded.Clear();
        }
    }

    public void Collect(CheckpointWriter writer)
    {
        CollectVersions(writer);
        engine.Roster.Known.Collect(writer, KnownTable, number: 0);
        foreach (var loop in engine.Loops)
        {
            loop.Due.Collect(writer, DueTable);
        }

        CollectAnew(writer);
        var counters = writer.Reserve(CounterTable, 0, 12);
        BinaryPrimitives.WriteInt32LittleEndian(counters, engine.NextSlot);
        BinaryPrimitives.WriteInt64LittleEndian(counters[4..], engine.Roster.Rebuilds);
        feed.Collect(writer, clock.NowMs);
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(engine.Forget) + feed.Erase(subject.ProfileIds));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(
        subject.ProfileIds.Sum(profileId => (long)SegmentsOf(profileId).Count() + (engine.Roster.Known.Contains(profileId) ? 1 : 0)) + feed.CountOf(subject.ProfileIds));

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartObject();
        json.WriteStartArray("segments");
        foreach (var segment in subject.ProfileIds.Order().SelectMany(SegmentsOf).Distinct())
        {
            json.WriteStartObject();
            json.WriteString("id", segment.Id);
            json.WriteString("name", segment.Live!.Definition.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("changes");
        foreach (var fact in feed.FactsOf(subject.ProfileIds))
        {
            var change = MembershipFact.Read(fact);
            json.WriteStartObject();
            json.WriteString("segment", engine.Roster.IdOf(change.Segment));
            json.WriteBoolean("isMember", change.IsMember);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(change.AtMs));
            json.WriteString("cause", change.Cause.ToString());
            json.WriteEndObject();
            await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private IEnumerable<Segment> SegmentsOf(int profileId) =>
        engine.Roster.Set.Segments.Where(segment => segment.Live?.Members.Contains(profileId) == true);

    private void CollectVersions(CheckpointWriter writer)
    {
        foreach (var gone in engine.Dropped.Where(gone => _persisted.Remove(gone.Slot)))
        {
            gone.Members.CollectRemoval(writer, MemberTable, gone.Slot);
        }

        engine.Dropped.Clear();
        foreach (var segment in engine.Roster.Set.Segments)
        {
            var isNew = segment.Live is { } live && !_persisted.ContainsKey(live.Slot);
            if (engine.Changed.Contains(segment.Number) || (segment.Live is { } timed && timed.IsTimed != _persisted.GetValueOrDefault(timed.Slot)))
            {
                writer.Put(SegmentTable, segment.Number, SegmentRow.Write(segment));
            }

            if (segment.Live is not null)
            {
                segment.Live.Members.Collect(writer, MemberTable, segment.Live.Slot, all: isNew);
                _persisted[segment.Live.Slot] = segment.Live.IsTimed;
            }
        }

        engine.Changed.Clear();
    }

    private void CollectAnew(CheckpointWriter writer)
    {
        var anew = engine.Roster.Anew.ToDictionary();
        foreach (var gone in _anewRows.Where(profileId => !anew.ContainsKey(profileId)).ToList())
        {
            writer.Delete(AnewTable, gone);
            _anewRows.Remove(gone);
        }

        foreach (var (profileId, leaving) in anew)
        {
            writer.Put(AnewTable, profileId, MemoryMarshal.AsBytes(leaving.AsSpan()));
            _anewRows.Add(profileId);
        }
    }
}
