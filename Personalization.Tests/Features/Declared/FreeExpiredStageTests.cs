using System.Text.Json;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Expiry;
using Personalization.Features.Pipeline.Expiry;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Features.Conditions;
using Personalization.Tests.Features.Traits;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

/// <summary>When something that was kept for a time is gone, and whose time it was.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FreeExpiredStageTests
{
    private const long Ttl = Hour;
    private const long Lateness = 10 * Minute;
    private readonly ProfileExpiry _expiry = new(new TwoPartitions());
    private readonly FeatureStates _states;
    private readonly TraitWorld _traits;
    private readonly FreeExpiredStage _stage;
    private readonly FeatureVersion _version;

    public FreeExpiredStageTests()
    {
        var world = new ConditionWorld();
        var registry = new FeatureRegistry(new AggregateFactory(FeatureWorld.Hasher), world.Compiler, world, world, new DeclaredFeaturesOptions());
        registry.Apply(new DefinitionChange(
            FeatureRegistry.DefinitionKind, "seen", DefinitionAction.Put, 1, JsonElement.Parse("""{"aggregate":"count","events":["Seen"],"window":"lifetime","ttl":"1h","lateness":"10m"}"""), "test", 0, 0));
        _states = new FeatureStates(registry, null!, TimeProvider.System, expiry: _expiry);
        _traits = new TraitWorld(expiry: _expiry);
        _stage = new FreeExpiredStage(_expiry, _states, _traits.Traits);
        _version = registry.Find("seen", 1)!;
    }

    [Test]
    public void It_is_freed_when_nothing_that_is_not_too_late_can_join_it()
    {
        See(1, Start);
        See(1, Start + (30 * Minute));
        var gone = Start + (30 * Minute) + Ttl + Lateness;

        Assert.That(_stage.NextDueMs(partition: 1), Is.EqualTo(Start + Ttl + Lateness), "an event does not put it off; the time itself does");
        _stage.Elapse(1, gone - 1);
        Assert.That((Count(1), _stage.NextDueMs(1), _stage.NextDueMs(0)), Is.EqualTo((2, gone, long.MaxValue)));
        _stage.Elapse(1, gone);

        Assert.That((Count(1), _states.Bytes, _expiry.Count, _version.Counts.Freed), Is.EqualTo((0, 0L, 0L, 1L)));
    }

    [Test]
    public void Who_goes_to_another_loop_has_the_end_of_both_there()
    {
        See(1, Start);
        See(2, Start + Minute);
        _traits.Import("""{"income":1}""", "Acme", "x", expiresAtMs: Start + (5 * Day), timeMs: Start);

        _stage.HandOver(1);
        _states.Merge(1, 2);
        _traits.Traits.Merge(1, 2);
        _stage.Merge(1, 2);
        Assert.That((_stage.NextDueMs(1), _expiry.Count), Is.EqualTo((long.MaxValue, 1L)));
        _stage.Elapse(0, Start + Ttl + Lateness);
        Assert.That(Count(2), Is.EqualTo(2));
        _stage.Elapse(0, Start + Minute + Ttl + Lateness);

        Assert.That((Count(2), _stage.NextDueMs(0)), Is.EqualTo((0, Start + (5 * Day))), "then the traits");
        _stage.Elapse(0, Start + (5 * Day));
        Assert.That((_traits.Traits.Digest(2).Length, _traits.Traits.Bytes, _expiry.Count), Is.EqualTo((0, 0L, 0L)));
    }

    [Test]
    public void What_is_imported_waits_for_more_of_it()
    {
        var now = Start + (365 * Day);
        See(1, Start, now);
        _stage.Elapse(1, now);
        See(1, Start + (30 * Minute), now);

        Assert.That(Count(1), Is.EqualTo(2), "of the past, and joined");
        _stage.Elapse(1, now + Ttl + Lateness);
        Assert.That(Count(1), Is.Zero);
    }

    [Test]
    public void Of_traits_only_what_has_expired_goes()
    {
        _traits.Identify("""{"plan":"gold"}""", Start);
        _traits.Import("""{"income":"high","car":"red"}""", "Acme", "x", expiresAtMs: Start + Day, timeMs: Start);
        _traits.Import("""{"income":"low"}""", "Other", "x", expiresAtMs: Start + (2 * Day), timeMs: Start);

        _stage.Elapse(1, Start + Day - 1);
        Assert.That(_traits.Read(), Has.Length.EqualTo(4));
        _stage.Elapse(1, Start + Day);

        Assert.That(_traits.Read(), Is.EquivalentTo(new[] { "plan=gold", "income=low" }));
        Assert.That(_stage.NextDueMs(1), Is.EqualTo(Start + (2 * Day)));
    }

    [Test]
    public async Task A_time_is_erased_with_its_person_and_kept_over_a_restart()
    {
        See(1, Start);
        See(3, Start);
        var rows = new CheckpointRows();
        rows.Take(_expiry);
        var again = new ProfileExpiry(new TwoPartitions());
        rows.GiveTo(again);
        var subject = new ErasureSubject(new HashSet<int> { 3 }, [], new HashSet<UInt128>());

        Assert.That((again.Count, again.NextMs(1), await again.CountAsync(subject, CancellationToken.None)), Is.EqualTo((2L, _expiry.NextMs(1), 1L)));
        await again.EraseAsync(subject, CancellationToken.None);
        rows.Take(again);

        Assert.That((again.Count, rows.Count, await again.CountAsync(subject, CancellationToken.None)), Is.EqualTo((1L, 1, 0L)));
    }

    private void See(int profile, long timeMs, long? nowMs = null) =>
        _states.AddToProfile(_version, profile, new Observed(timeMs).ToObservation(new byte[EncodedValue.MaxBytes]), nowMs ?? timeMs);

    /// <summary>Events in the newest run, as of the last of them.</summary>
    private double Count(int profile)
    {
        var state = new byte[FeatureStates.MaxStateBytes];
        var length = _states.Copy(_version, profile, state);
        return length < 0 ? 0 : Read(_version.Aggregate!, state[..length], new ReadTime(Start), out _) ?? 0;
    }

    private sealed class TwoPartitions : IPartitions
    {
        public int Count => 2;

        public int PartitionOf(int profileId) => profileId % Count;
    }
}
