using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Feed;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Triggers;

/// <summary>What fired lately, to be read in order by whoever acts on it, each exactly once along a chain of cursors.</summary>
[ReplayRows(94, RowForm.NotCompared, "What is too old or too much goes with a checkpoint, whenever that is.")]
[ReplayRows(95, RowForm.NotCompared, "Counts changes of the number of partitions.")]
internal sealed class TriggerFeed(int partitions, FeedLimits limits, ILogClock clock)
    : ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    private const int FixedBytes = 1 + 4 + 4 + 8;
    private readonly FactFeed _feed = new(partitions, blockTable: 94, stateTable: 95, limits);

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/trigger-feed";

    public FactFeed Facts => _feed;

    /// <summary>A firing as it is told: its id is made of what it is, so every replay makes the same.</summary>
    public static TriggerFired Fired(string trigger, int version, TriggerKind kind, int profileId, Candidate candidate) => new(
        $"{trigger}.{version}.{profileId}.{candidate.Anchor}", trigger, version, kind, profileId, candidate.Anchor, candidate.DueMs, candidate.Item);

    /// <summary>The loop of the profile, or at rest.</summary>
    public void Add(int partition, TriggerFired fired)
    {
        Span<byte> body = stackalloc byte[FixedBytes + 64];
        body[0] = (byte)fired.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(body[1..], fired.Version);
        BinaryPrimitives.WriteInt32LittleEndian(body[5..], fired.Item);
        BinaryPrimitives.WriteInt64LittleEndian(body[9..], fired.Anchor);
        var length = FixedBytes + Encoding.UTF8.GetBytes(fired.TriggerId, body[FixedBytes..]);
        _feed.Append(partition, fired.AtMs, fired.ProfileId, body[..length]);
    }

    public static TriggerFired Read(FeedFact fact)
    {
        var body = fact.Body.Span;
        return Fired(
            TriggerOf(fact), BinaryPrimitives.ReadInt32LittleEndian(body[1..]), (TriggerKind)body[0], fact.ProfileId,
            new Candidate(BinaryPrimitives.ReadInt64LittleEndian(body[9..]), fact.AtMs, BinaryPrimitives.ReadInt32LittleEndian(body[5..])));
    }

    public static string TriggerOf(FeedFact fact) => Encoding.UTF8.GetString(fact.Body.Span[FixedBytes..]);

    public void Load(CheckpointReader reader) => _feed.Load(reader);

    public void Collect(CheckpointWriter writer) => _feed.Collect(writer, clock.NowMs);

    public void OnPersisted(ICheckpointRows rows) => _feed.OnPersisted(rows);

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_feed.Erase(subject.ProfileIds));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_feed.CountOf(subject.ProfileIds));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var fired in _feed.FactsOf(subject.ProfileIds).Select(Read))
        {
            json.WriteStartObject();
            json.WriteString("trigger", fired.TriggerId);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(fired.AtMs));
            json.WriteNumber("profileId", fired.ProfileId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }
}
