using System.Text.Json;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Features.Conditions;
using Personalization.Tests.Features.Declared;
using Personalization.Tests.Features.Traits;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Cold;

/// <summary>Traits and declared features that are on disk only, as whoever touches them finds them.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ColdStatesTests
{
    private const int People = 24;
    private static readonly MemoryBudget NoRoom = new(new MemoryOptions { CeilingMiB = 1 }, int.MaxValue);

    [TestCase(false)]
    [TestCase(true)]
    public void Whatever_happens_to_profiles_that_come_and_go_is_what_happens_to_those_that_stay(bool isDeclared)
    {
        var chance = new Random(20_34);
        var (going, staying) = isDeclared ? ((Being)new Declaring(), (Being)new Declaring()) : (new Telling(), new Telling());
        var reads = 0L;
        for (var step = 0; step < 3_000; step++)
        {
            var (profile, other, number) = (chance.Next(People), chance.Next(People), chance.Next(1 << 20));
            switch (chance.Next(40))
            {
                case 0:
                    Both(being => being.Merge(profile, other));
                    break;
                case 1:
                    Both(being => being.Forget(profile));
                    break;
                case < 6:
                    going.Leave(chance.Next(2) == 0 ? profile : null);
                    break;
                case 6:
                    reads += going.State.ColdReads;
                    going = going.Restarted(chance.Next(2) == 0 ? NoRoom : null);
                    break;
                case 7:
                    Both(being => being.Redefine());
                    break;
                case 8:
                    going.State.Warm(profile);
                    break;
                default:
                    Both(being => being.Send(profile, step, number));
                    break;
            }

            if (step % 50 == 49)
            {
                Assert.That(going.Digests(), Is.EqualTo(staying.Digests()), $"after step {step}");
            }
        }

        Assert.That(reads, Is.GreaterThan(200), "profiles came and went");
        Assert.That(going.Rows(), Is.EqualTo(staying.Rows()), "what is on disk is what a replay comes to");
        going.Leave(only: null);
        Assert.That((going.State.Bytes, going.State.ColdCount), Is.EqualTo((0L, Enumerable.Range(0, People).Count(going.State.IsCold))), "memory is accounted for");

        void Both(Action<Being> happens)
        {
            happens(going);
            happens(staying);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_reader_of_somebody_on_disk_leaves_them_there_and_a_writer_brings_them_back(bool isDeclared)
    {
        var being = isDeclared ? (Being)new Declaring() : new Telling();
        being.Send(1, 0, 5);
        being.Leave(only: null);

        var (before, coldBytes) = (being.Digests()[1], being.State.Bytes);
        var stillCold = being.State.IsCold(1);
        being.Send(1, 1, 6);

        Assert.That(before, Is.Not.Empty);
        Assert.That((stillCold, coldBytes, being.State.ColdReads > 0), Is.EqualTo((true, 0L, true)));
        Assert.That((being.State.IsCold(1), being.State.ColdCount, being.State.TryEvict(1)), Is.EqualTo((false, 0, false)), "what changed since the last cut stays");
        Assert.That(being.State.Bytes, Is.Positive);
    }

    [Test]
    public void Nobody_puts_back_what_he_read_before_a_profile_came_changed_and_left_again()
    {
        var being = new Declaring();
        being.Send(1, 0, 5);
        being.Leave(only: null);
        being.WhileReading = () =>
        {
            being.WhileReading = null;
            being.Send(1, 1, 6);
            being.Leave(only: null);
        };
        var isThere = being.State.Warm(1);

        var staying = new Declaring();
        staying.Send(1, 0, 5);
        staying.Send(1, 1, 6);
        Assert.That(isThere);
        Assert.That(being.Digests(), Is.EqualTo(staying.Digests()));
    }

    [Test]
    public void A_profile_that_the_checkpoint_has_lost_is_an_error_and_not_a_stranger()
    {
        var being = new Telling();
        being.Send(1, 0, 5);
        being.Leave(only: null);
        ((ICheckpointObserver)being.State).OnPersisted(new CheckpointRows());

        Assert.That(() => being.Digests(), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => being.State.Warm(1), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void All_of_a_profile_comes_back_together()
    {
        var (declaring, telling) = (new Declaring(), new Telling());
        foreach (var being in (Being[])[declaring, telling])
        {
            being.Send(1, 0, 5);
            being.Leave(only: null);
        }

        var cold = new ColdProfiles(() => [declaring.State, telling.State]);
        telling.State.Warm(1);
        var partly = cold.IsCold(1);
        var (isKnown, isStranger) = (cold.Warm(1), cold.Warm(2));

        Assert.That((partly, isKnown, isStranger), Is.EqualTo((true, true, false)), "who is there in part is not there");
        Assert.That((cold.IsCold(1), cold.Any, cold.Reads), Is.EqualTo((false, false, 2L)));
    }

    [Test]
    public void Of_what_may_be_loaded_at_a_start_each_state_gets_its_share_of_what_those_before_it_left()
    {
        var budget = new MemoryBudget(new MemoryOptions { CeilingMiB = 1 }, 4);
        var kept = budget.KeptBytes;

        var first = budget.LoadBytes(0);
        budget.Loaded(0);
        var second = budget.LoadBytes(0);
        budget.Loaded(second);

        Assert.That((first, second, budget.LoadBytes(0)), Is.EqualTo((kept / 4, kept / 3, (kept - (kept / 3)) / 2)));
    }

    /// <summary>One state of people, and what its checkpoint has.</summary>
    private abstract class Being : ICheckpointRows
    {
        protected CheckpointRows File { get; init; } = new();

        public abstract IColdState State { get; }

        /// <summary>What happens while a row is read.</summary>
        public Action? WhileReading { get; set; }

        public abstract void Send(int profile, int step, int number);

        public abstract void Merge(int from, int into);

        public abstract void Forget(int profile);

        public abstract void Redefine();

        public abstract Being Restarted(MemoryBudget? memory);

        public abstract byte[] Digest(int profile);

        public string[] Digests() => [.. Enumerable.Range(0, People).Select(profile => Convert.ToHexString(Digest(profile)))];

        public List<string> Rows()
        {
            Cut();
            var rows = new List<string>();
            for (var table = 0; table <= byte.MaxValue; table++)
            {
                File.Visit((byte)table, (key, value) => rows.Add($"{table}/{key}: {Convert.ToHexString(value)}"));
            }

            return rows;
        }

        public void Leave(int? only)
        {
            Cut();
            for (var profile = only ?? 0; profile <= (only ?? State.Capacity - 1); profile++)
            {
                State.TryEvict(profile);
            }
        }

        public void Visit(byte table, long fromKey, long toKey, CheckpointRowVisitor visitor) => File.Visit(table, fromKey, toKey, (key, value) =>
        {
            var row = value.ToArray();
            WhileReading?.Invoke();
            visitor(key, row);
        });

        protected virtual void Cut()
        {
            File.Take((ICheckpointed)State);
            ((ICheckpointObserver)State).OnPersisted(this);
        }
    }

    private sealed class Telling : Being
    {
        private readonly TraitWorld _world;

        public Telling(TraitWorld? world = null) => _world = world ?? new TraitWorld();

        public override IColdState State => _world.Traits;

        public override void Send(int profile, int step, int number) =>
            _world.Identify($$"""{"{{"abcdefgh"[number % 8]}}":{{(number % 3 == 0 ? $"\"{number}\"" : number)}}}""", 1_790_000_000_000 + (number % 5_000), profile);

        public override void Merge(int from, int into) => _world.Traits.Merge(from, into);

        public override void Forget(int profile) => _world.Traits.Forget(profile);

        public override void Redefine()
        {
            // Traits are not defined.
        }

        public override Being Restarted(MemoryBudget? memory)
        {
            Cut();
            var other = new TraitWorld(memory: memory) { NextOffset = _world.NextOffset };
            File.Take(_world.Names);
            File.GiveTo(other.Names);
            File.GiveTo(other.Traits);
            return new Telling(other) { File = File };
        }

        public override byte[] Digest(int profile) => _world.Traits.Digest(profile);

        protected override void Cut()
        {
            File.Take(_world.Names);
            base.Cut();
        }
    }

    private sealed class Declaring : Being
    {
        private static readonly string[] Bodies =
        [
            """{"aggregate":"count","events":["Seen"],"window":"1h"}""",
            """{"aggregate":"distinct","of":{"property":"p"},"events":["Seen"],"window":"lifetime"}""",
            """{"aggregate":"sum","of":{"property":"p"},"events":["Seen"],"window":"lifetime"}""",
        ];

        private readonly FeatureRegistry _registry;
        private readonly FeatureStates _states;
        private int _versions;

        public Declaring(MemoryBudget? memory = null, CheckpointRows? file = null, int versions = 0)
        {
            var world = new ConditionWorld();
            _registry = new FeatureRegistry(new AggregateFactory(FeatureWorld.Hasher), world.Compiler, world, world, new DeclaredFeaturesOptions());
            _states = new FeatureStates(_registry, null!, TimeProvider.System, memory);
            _versions = versions;
            if (file is not null)
            {
                File = file;
                file.GiveTo(_registry);
                file.GiveTo(_states);
                return;
            }

            for (var feature = 0; feature < Bodies.Length; feature++)
            {
                Redefine();
            }
        }

        public override IColdState State => _states;

        public override void Send(int profile, int step, int number)
        {
            foreach (var version in _registry.Current.Versions)
            {
                if ((number >> version.Number % 8 & 1) == 0)
                {
                    var observed = new Observed(1_790_000_000_000 + (number * 10L), number % 50, number % 40, step);
                    _states.AddToProfile(version, profile, observed.ToObservation(new byte[EncodedValue.MaxBytes]), nowMs: 0);
                }
            }
        }

        public override void Merge(int from, int into) => _states.Merge(from, into);

        public override void Forget(int profile) => _states.Forget(profile);

        /// <summary>Another version of one of the features, at once live: the one before goes.</summary>
        public override void Redefine()
        {
            var feature = _versions % Bodies.Length;
            var version = 1 + (_versions++ / Bodies.Length);
            Apply(DefinitionAction.Put, feature, version);
            Apply(DefinitionAction.Activate, feature, version);
        }

        public override Being Restarted(MemoryBudget? memory)
        {
            File.Take(_registry);
            Cut();
            return new Declaring(memory, File, _versions);
        }

        public override byte[] Digest(int profile) => _states.Digest(FeatureKey.Profile, profile);

        protected override void Cut()
        {
            File.Take(_registry);
            base.Cut();
        }

        private void Apply(DefinitionAction action, int feature, int version)
        {
            var body = action == DefinitionAction.Put ? JsonElement.Parse(Bodies[feature]) : default;
            if (_registry.Apply(new DefinitionChange(FeatureRegistry.DefinitionKind, $"f{feature}", action, version, body, "test", 0, 0)))
            {
                _states.DropRetired();
            }
        }
    }
}
