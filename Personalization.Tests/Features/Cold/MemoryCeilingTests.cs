using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.Cold;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Cold;

[Parallelizable(ParallelScope.All)]
internal sealed class MemoryCeilingTests
{
    private const int Mebi = 1 << 20;
    private readonly CheckpointRows _rows = new();

    [Test]
    public void Nobody_leaves_below_the_ceiling()
    {
        var state = new State(profiles: 10, bytesEach: Mebi / 10);
        var ceiling = Ceiling(state);
        ceiling.OnPersisted(_rows);

        Assert.That((ceiling.Sweep(), ceiling.IsExceeded), Is.EqualTo((0, false)));
    }

    [Test]
    public void Beyond_it_profiles_leave_until_there_is_something_to_spare()
    {
        var state = new State(profiles: 200, bytesEach: Mebi / 100);
        var ceiling = Ceiling(state);
        ceiling.OnPersisted(_rows);

        var evicted = ceiling.Sweep();

        Assert.That(evicted, Is.EqualTo(110));
        Assert.That(ceiling.Bytes, Is.LessThanOrEqualTo(Mebi * 9 / 10));
        Assert.That(ceiling.Evicted, Is.EqualTo(110));
    }

    [Test]
    public void Whoever_was_asked_for_stays_for_another_round()
    {
        var state = new State(profiles: 200, bytesEach: Mebi / 100);
        for (var profile = 0; profile < 200; profile += 4)
        {
            state.Used.Add(profile);
        }

        var ceiling = Ceiling(state);
        ceiling.OnPersisted(_rows);
        ceiling.Sweep();

        Assert.That(Enumerable.Range(0, 200).Where(profile => profile % 4 == 0 && !state.InMemory.Contains(profile)), Is.Empty);
    }

    [Test]
    public void When_all_were_asked_for_they_leave_all_the_same()
    {
        var state = new State(profiles: 200, bytesEach: Mebi / 100);
        state.Used.UnionWith(state.InMemory);
        var ceiling = Ceiling(state);
        ceiling.OnPersisted(_rows);

        ceiling.Sweep();

        Assert.That(ceiling.IsExceeded, Is.False);
    }

    [Test]
    public void While_a_cut_is_on_its_way_to_disk_nobody_leaves()
    {
        var state = new State(profiles: 200, bytesEach: Mebi / 100);
        var ceiling = Ceiling(state);

        var before = ceiling.Sweep();
        ceiling.OnPersisted(_rows);
        state.Dirty.UnionWith(state.InMemory);
        ceiling.Collect(new());
        state.Dirty.Clear();
        var during = ceiling.Sweep();
        ceiling.OnPersisted(_rows);
        var after = ceiling.Sweep();

        Assert.That((before, during, after), Is.EqualTo((0, 0, 110)));
    }

    [Test]
    public void What_is_not_on_disk_stays()
    {
        var state = new State(profiles: 200, bytesEach: Mebi / 100);
        state.Dirty.UnionWith(Enumerable.Range(0, 150));
        var ceiling = Ceiling(state);
        ceiling.OnPersisted(_rows);

        ceiling.Sweep();

        Assert.That(state.InMemory, Is.EquivalentTo(Enumerable.Range(0, 150)));
        Assert.That(ceiling.IsExceeded);
    }

    [Test]
    public void Without_a_number_the_ceiling_is_a_share_of_what_there_is() =>
        Assert.That(new MemoryBudget(new MemoryOptions(), 2).CeilingBytes, Is.InRange(1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 3));

    private static MemoryCeiling Ceiling(State state) => new(new MemoryBudget(new MemoryOptions { CeilingMiB = 1 }, 1), () => [state]);

    private sealed class State(int profiles, int bytesEach) : IColdState
    {
        public HashSet<int> InMemory { get; } = [.. Enumerable.Range(0, profiles)];

        public HashSet<int> Used { get; } = [];

        public HashSet<int> Dirty { get; } = [];

        public long Bytes => (long)InMemory.Count * bytesEach;

        public int Capacity => profiles;

        public int ColdCount => profiles - InMemory.Count;

        public long ColdReads => 0;

        public bool IsCold(int profileId) => !InMemory.Contains(profileId);

        public bool Warm(int profileId) => profileId < profiles && (InMemory.Add(profileId) || true);

        public bool TakeUse(int profileId) => Used.Remove(profileId);

        public bool TryEvict(int profileId) => !Dirty.Contains(profileId) && InMemory.Remove(profileId);
    }
}
