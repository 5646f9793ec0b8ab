using System.Text;
using MediatR;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Identity;
using Personalization.Identity.Domain;
using Personalization.Identity.Domain.Likelihood;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Support;

/// <summary>The identity module's event path, without a log: events go in, profiles come out.</summary>
internal sealed class IdentityWorld : IDisposable
{
    private readonly KeyHasher _hasher = new(new byte[16]);
    private readonly ResolveProfileStep _step;
    private readonly MergeAnnouncer _announcer;
    private long _offset;

    public IdentityWorld(IdentityOptions? options = null, LikelihoodOptions? likelihood = null)
    {
        likelihood ??= new LikelihoodOptions();
        Likely = new LikelyLinks(likelihood);
        options ??= new IdentityOptions();
        Rules = new IdentityRules(new IdentifierVocabulary([.. options.Kinds.Select(kind => kind.Name)]), options);
        Map = new IdentityMap(_hasher);
        Links = new LinkLedger();
        Refusals = new RefusedLinks();
        Values = new PersonalValues(_hasher, Map, Rules);
        var pending = new PendingMerges(Map);
        Ledger = new IdentityLedger(Map, pending, Links, Rules);
        History = new MergeHistory(Map);
        var graph = new GraphWriter(Map, Ledger, History, Links, Refusals, Values, Rules, NullLogger<GraphWriter>.Instance);
        _announcer = new MergeAnnouncer(new Mediator(_ => Array.Empty<object>()), new PipelinePosition(new LogTail(1)), NullLogger<MergeAnnouncer>.Instance);
        _step = new ResolveProfileStep(Map, graph, pending, Rules, Likely, likelihood, _announcer);
    }

    public IdentityRules Rules { get; }

    public IdentityMap Map { get; }

    public IdentityLedger Ledger { get; }

    public MergeHistory History { get; }

    public LikelyLinks Likely { get; }

    public LinkLedger Links { get; }

    public RefusedLinks Refusals { get; }

    public PersonalValues Values { get; }

    public ProfileTimeline Timeline { get; } = new();

    /// <summary>Everything that is checkpointed, in the order of registration.</summary>
    public IReadOnlyList<ICheckpointed> States => [Values, Links, Refusals, Likely, Ledger, History, Timeline];

    /// <summary>Everything that erases, in the order of registration.</summary>
    public IReadOnlyList<IPersonalDataStore> Stores => [Values, Links, Refusals, Likely, Ledger, Timeline];

    /// <summary>Sends an event through the sequencer's identity steps and returns it.</summary>
    public TrackedEvent See(
        string? user = null, string? anonymous = null, EventType type = EventType.Track, string? previous = null, EventOrigin origin = default,
        long at = 0, long? receivedAt = null, (byte Kind, string Value)[]? traces = null, ConsentSignal consent = default, params (string Kind, string Value)[] also)
    {
        var batch = new EventBatch(static _ => { }) { Origin = origin };
        var seen = batch.AddEvent();
        seen.Type = type;
        seen.Offset = _offset++;
        seen.TimestampMs = at;
        seen.Consent = consent;
        seen.ReceivedAtMs = receivedAt ?? at;
        seen.UserId = Text(batch, user);
        seen.AnonymousId = Text(batch, anonymous);
        seen.PreviousId = Text(batch, previous);
        seen.UserKey = KeyOf("user_id", user);
        seen.AnonymousKey = KeyOf("anonymous_id", anonymous);
        seen.PreviousKey = KeyOf("anonymous_id", previous);
        foreach (var (kind, value) in also)
        {
            batch.AddIdentifier(new EventIdentifier { Kind = Rules.Vocabulary.Find(kind)!.Number, Key = KeyOf(kind, value), Value = Text(batch, value) });
        }

        foreach (var (kind, text) in traces ?? [])
        {
            batch.AddIdentifier(new EventIdentifier { Kind = kind, Key = _hasher.Hash(new KeySpace(kind), Encoding.UTF8.GetBytes(text)) });
        }

        _step.Resolve(seen);
        Timeline.Resolve(seen);
        return seen;
    }

    /// <summary>The living profile of an identifier, or -1.</summary>
    public int Find(string kind, string value) => KeyOf(kind, value) is var key && key == default ? -1 : Map.Find(key);

    public UInt128 KeyOf(string kind, string? value) =>
        value is null ? default : IdentifierVocabulary.KeyOf(_hasher, Rules.Vocabulary.Find(kind)!, value);

    /// <summary>What a restart has: the rows of one checkpoint of everything.</summary>
    public CheckpointRows Checkpoint(CheckpointRows? rows = null)
    {
        rows ??= new CheckpointRows();
        foreach (var state in States)
        {
            rows.Take(state);
        }

        return rows;
    }

    public void Restore(CheckpointRows rows)
    {
        foreach (var state in States)
        {
            rows.GiveTo(state);
        }
    }

    public void Dispose()
    {
        _announcer.Dispose();
        Values.Dispose();
    }

    private static Utf8Slice Text(EventBatch batch, string? value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value ?? "");
        var start = batch.BufferLength;
        batch.EnsureBuffer(start + utf8.Length);
        utf8.CopyTo(batch.Buffer, start);
        batch.BufferLength += utf8.Length;
        return new Utf8Slice(start, utf8.Length);
    }
}
