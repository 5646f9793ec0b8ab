using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// The engines of all partitions, and what they share: when each profile is looked at again, what fired, and what became of the catalogue.
/// </summary>
[ReplayRows(91, RowForm.NotCompared, "Somebody may be looked at earlier than needed, which finds nothing.")]
internal sealed class TriggerRuntime : ICheckpointed, IItemObserver, IPersonalDataStore
{
    private const byte DueTable = 91;
    private readonly TriggerRegistry _registry;
    private readonly ProfileFirings _firings;
    private readonly ItemChanges _changes;
    private readonly IProfileHistory _history;
    private readonly ICatalog _catalog;
    private readonly IPartitions _partitions;
    private readonly ILogClock _clock;
    private readonly DueTimes[] _due;
    private readonly TriggerEngine[] _engines;
    private readonly List<Firing> _aside = [];
    private readonly List<int> _renewed = [];

    /// <param name="registry">Which triggers are live.</param>
    /// <param name="firings">What fired.</param>
    /// <param name="changes">What became of the catalogue.</param>
    /// <param name="history">What people did.</param>
    /// <param name="catalog">What there is to buy.</param>
    /// <param name="snapshot">Makes room to ask conditions in, one for each partition.</param>
    /// <param name="consent">May we.</param>
    /// <param name="partitions">Who owns whom.</param>
    /// <param name="clock">The log's.</param>
    /// <param name="fire">Gets what fires, on the loop of the profile: partition and fact.</param>
    /// <param name="sweepMs">Over how long everybody is looked at when a trigger on engagement comes to life.</param>
    public TriggerRuntime(
        TriggerRegistry registry,
        ProfileFirings firings,
        ItemChanges changes,
        IProfileHistory history,
        ICatalog catalog,
        Func<ProfileSnapshot> snapshot,
        IConsent consent,
        IPartitions partitions,
        ILogClock clock,
        Action<int, TriggerFired> fire,
        long sweepMs)
    {
        (_registry, _firings, _changes, _history, _catalog, _partitions, _clock) = (registry, firings, changes, history, catalog, partitions, clock);
        _due = [.. Enumerable.Range(0, partitions.Count).Select(partition => new DueTimes(partition, partitions.Count))];
        _engines = [.. _due.Select((due, partition) => new TriggerEngine(
            partition, partitions.Count, registry, history, snapshot(), new TriggerJudge(firings, consent), due, changes, fire))];
        registry.Activated = trigger =>
        {
            if (trigger.Definition.Waits is EngagementWait)
            {
                Array.ForEach(_engines, engine => engine.LookAtAll(trigger.SinceMs, sweepMs));
            }
        };
    }

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/trigger-times";

    /// <summary>Profiles that are to be looked at again.</summary>
    public int Waiting => _due.Sum(due => due.Count);

    public TriggerEngine this[int partition] => _engines[partition];

    public TriggerEngine Of(int profileId) => _engines[_partitions.PartitionOf(profileId)];

    /// <summary>An item that was never sold has nobody who waits for it, and one that cannot be sold is no news.</summary>
    public void Changed(int item, CatalogItem? before, bool wasSellable, long offset)
    {
        if (item < 0 || before is null || _registry.Set.Items.Length == 0 || !_catalog.IsSellable(item))
        {
            return;
        }

        if (!wasSellable)
        {
            Add(new ItemChange(TriggerKind.BackInStock, item, offset, _clock.NowMs, 0, 0));
        }

        if (before.Price is { } former && _catalog[item]?.Price is { } price && price < former)
        {
            Add(new ItemChange(TriggerKind.PriceDrop, item, offset, _clock.NowMs, former, price));
        }
    }

    /// <summary>The loop that owns both.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        _firings.Merge(fromProfileId, intoProfileId);
        Of(fromProfileId).Leave(fromProfileId);

        // Both have one history now: it is looked at as soon as time is, if there is anything to look for.
        if (_registry.Set.Timed.Length > 0)
        {
            _due[_partitions.PartitionOf(intoProfileId)].Lower(intoProfileId, 0);
        }
    }

    public void Forget(int profileId)
    {
        _firings.Set(profileId, []);
        Of(profileId).Leave(profileId);
    }

    /// <summary>What was sent cannot be taken back: what fired is put aside, to be given back to whoever it hung on.</summary>
    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        foreach (var profileId in profileIds.Order())
        {
            _aside.AddRange(_firings.Of(profileId));
            _renewed.Add(profileId);
            Forget(profileId);
        }
    }

    /// <summary>Nothing that was due by now is fired by what a profile turned out to be.</summary>
    public void EndRebuild()
    {
        var facts = new ProfileFacts();
        var kept = new List<Firing>();
        foreach (var profileId in _renewed)
        {
            kept.Clear();
            if (_history.TryRead(profileId, facts))
            {
                kept.AddRange(_aside.Where(firing => firing.Trigger != Firing.Nothing && HangsOn(firing, facts)).Distinct().Take(ProfileFirings.MaxOfProfile - 1));
                kept.Add(new Firing(Firing.Nothing, 0, _clock.NowMs));
                _firings.Set(profileId, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(kept));
                Of(profileId).Renew(profileId, _clock.NowMs);
            }
        }

        _aside.Clear();
        _renewed.Clear();
    }

    public void Load(CheckpointReader reader) => reader.Visit(DueTable, (profile, row) =>
        _due[_partitions.PartitionOf((int)profile)].Load((int)profile, row));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var due in _due)
        {
            due.Collect(writer, DueTable);
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long erased = 0;
        foreach (var profileId in subject.ProfileIds)
        {
            erased += IsWaiting(profileId) ? 1 : 0;
            Of(profileId).Leave(profileId);
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(IsWaiting));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profileId in subject.ProfileIds.Where(IsWaiting).Order())
        {
            json.WriteStartObject();
            json.WriteNumber("profileId", profileId);
            json.WriteString("lookedAtAgain", DateTimeOffset.FromUnixTimeMilliseconds(_due[_partitions.PartitionOf(profileId)].Of(profileId)));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }

    private bool IsWaiting(int profileId) => _due[_partitions.PartitionOf(profileId)].Of(profileId) != long.MaxValue;

    private void Add(in ItemChange change)
    {
        foreach (var trigger in _registry.Set.Items)
        {
            if (trigger.Items!.Concerns(change))
            {
                _changes.Add(change);
                return;
            }
        }
    }

    /// <summary>Whether it hangs on something that the profile did, or on nothing that only one of them did.</summary>
    private bool HangsOn(Firing firing, ProfileFacts facts)
    {
        if (_registry.Set.Timed.All(trigger => trigger.Key != firing.Trigger))
        {
            return true;
        }

        foreach (ref readonly var fact in facts.Events)
        {
            if (fact.Offset == firing.Anchor)
            {
                return true;
            }
        }

        return false;
    }
}
