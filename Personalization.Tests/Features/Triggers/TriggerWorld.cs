using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Triggers;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Features.Conditions;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.Conditions.ConditionWorld;

namespace Personalization.Tests.Features.Triggers;

/// <summary>
/// Triggers of one profile on one partition, with the log's clock by hand, in minutes after the start. The profile's events are those of its
/// <see cref="ConditionWorld"/>; offsets count from 0 in the order of arrival.
/// </summary>
internal sealed class TriggerWorld : IDefinitionLog, IPartitions, ILogClock
{
    public const int Shopper = 7;
    private readonly List<DefinitionChange> _definitions = [];
    private readonly ConditionWorld _shopper;
    private readonly ItemChanges _changes;

    public TriggerWorld(ConditionWorld? shopper = null, CheckpointRows? rows = null, List<DefinitionChange>? definitions = null)
    {
        _shopper = shopper ?? new ConditionWorld();
        _definitions.AddRange(definitions ?? []);
        Registry = new TriggerRegistry(() => this, () => _shopper.Compiler, _shopper, _shopper);
        Firings = new ProfileFirings();
        _changes = new ItemChanges(1, 100);
        var history = new OneProfile(_shopper);
        Runtime = new TriggerRuntime(
            Registry, Firings, _changes, history, _shopper, () => new ProfileSnapshot(history, _shopper, _shopper, _shopper, _shopper), _shopper, this, this, (_, fired) => Fired.Add(fired), sweepMs: 0);
        foreach (var state in States)
        {
            rows?.GiveTo(state);
        }
    }

    public TriggerRegistry Registry { get; }

    public ProfileFirings Firings { get; }

    public TriggerRuntime Runtime { get; }

    public List<TriggerFired> Fired { get; } = [];

    public ConditionWorld Shopper7 => _shopper;

    public long NowMs { get; private set; } = Start;

    public int Count => 1;

    private ICheckpointed[] States => [Registry, Firings, _changes, Runtime];

    public int PartitionOf(int profileId) => 0;

    /// <summary>Minutes after the start at which it fired.</summary>
    public double[] FiredAt => [.. Fired.Select(fired => (fired.AtMs - Start) / (double)Minute)];

    /// <summary>Puts and activates a trigger at a place of the log.</summary>
    public TriggerWorld Define(string json, long offset = 0, string id = "t")
    {
        var version = _definitions.Count(each => each.Id == id && each.Action == DefinitionAction.Put) + 1;
        var put = new DefinitionChange("trigger", id, DefinitionAction.Put, version, Json(json), "test", NowMs, offset);
        var faults = Registry.Check(id, put.Body);
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join('\n', faults), nameof(json));
        }

        Registry.Apply(put);
        _definitions.Add(put);
        Registry.Apply(put with { Action = DefinitionAction.Activate, Body = default });
        return this;
    }

    /// <summary>An event arrives; it may have happened earlier.</summary>
    public TriggerWorld Arrives(
        string name, double atMinute, double? happenedAt = null, (string Id, string Category, float Price)[]? lines = null, (string Name, object Value)[]? properties = null)
    {
        Passes(atMinute);
        _shopper.Happens(name, happenedAt ?? atMinute, properties, lines);
        Runtime.Of(Shopper).Happened(Shopper, ((IEventNames)_shopper).Find(name), NowMs);
        return this;
    }

    /// <summary>The log's clock comes to a time.</summary>
    public TriggerWorld Passes(double toMinute)
    {
        NowMs = Math.Max(NowMs, (long)(Start + (toMinute * Minute)));
        if (Runtime.Of(Shopper).NextDueMs <= NowMs)
        {
            Runtime.Of(Shopper).Elapse(NowMs);
        }

        return this;
    }

    /// <summary>The catalogue changes at a place of the log behind everything so far.</summary>
    public TriggerWorld Changes(TriggerKind kind, string item, decimal before = 0, decimal after = 0, long offset = 1_000)
    {
        _shopper.TryRead(Shopper, new ProfileFacts());
        _changes.Add(new ItemChange(kind, ((ICatalog)_shopper).Find(item), offset, NowMs, before, after));
        return this;
    }

    /// <summary>What a new process makes of the last checkpoint.</summary>
    public TriggerWorld Restarted()
    {
        var rows = new CheckpointRows();
        foreach (var state in States)
        {
            rows.Take(state);
        }

        return new TriggerWorld(_shopper, rows, _definitions) { NowMs = NowMs };
    }

    public Task<long> AppendAsync(DefinitionChange change, CancellationToken cancellationToken) => throw new NotSupportedException("Defined by hand here.");

    public IReadOnlyList<DefinitionChange> VersionsOf(string kind, string id) =>
        [.. _definitions.Where(each => each.Id == id && each.Action == DefinitionAction.Put)];

    public IReadOnlyList<(string Id, int LiveVersion)> List(string kind) => [.. _definitions.Select(each => (each.Id, each.Version))];

    /// <summary>Only number 7 has a history.</summary>
    private sealed class OneProfile(ConditionWorld shopper) : IProfileHistory
    {
        public int ProfileCount => Shopper + 1;

        public bool TryRead(int profileId, ProfileFacts into)
        {
            into.Clear();
            return profileId == Shopper && shopper.TryRead(profileId, into);
        }
    }
}
