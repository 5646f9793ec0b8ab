using MediatR;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Identity.Domain;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Support;

/// <summary>The identity module's event path, without a log: events go in, profiles come out.</summary>
internal sealed class IdentityWorld : IDisposable
{
    private readonly KeyHasher _hasher = new(new byte[16]);
    private readonly ResolveProfileStep _step;
    private readonly MergeAnnouncer _announcer;
    private long _offset;

    public IdentityWorld()
    {
        Map = new IdentityMap(_hasher);
        Ledger = new IdentityLedger(Map);
        _announcer = new MergeAnnouncer(new Mediator(_ => Array.Empty<object>()), new PipelinePosition(new LogTail(1)), NullLogger<MergeAnnouncer>.Instance);
        History = new MergeHistory(Map);
        _step = new ResolveProfileStep(Map, Ledger, History, _announcer);
    }

    public IdentityMap Map { get; }

    public IdentityLedger Ledger { get; }

    public MergeHistory History { get; }

    public ProfileTimeline Timeline { get; } = new();

    /// <summary>Sends an event through the sequencer's identity steps and returns it.</summary>
    public TrackedEvent See(string? user = null, string? anonymous = null, EventType type = EventType.Track, string? previous = null, EventOrigin origin = default)
    {
        var seen = new EventBatch(static _ => { }) { Origin = origin }.AddEvent();
        seen.Type = type;
        seen.Offset = _offset++;
        seen.UserKey = Key(KeySpace.UserId, user);
        seen.AnonymousKey = Key(KeySpace.AnonymousId, anonymous);
        seen.PreviousKey = Key(KeySpace.AnonymousId, previous);
        _step.Resolve(seen);
        Timeline.Resolve(seen);
        return seen;
    }

    public void Dispose() => _announcer.Dispose();

    private UInt128 Key(KeySpace space, string? value) =>
        value is null ? default : _hasher.Hash(space, System.Text.Encoding.UTF8.GetBytes(value));
}
