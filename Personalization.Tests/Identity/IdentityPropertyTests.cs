using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

/// <summary>What holds of the graph under any history. Seeds are fixed, so that what failed once fails again.</summary>
[Parallelizable]
public class IdentityPropertyTests
{
    private const int People = 4;
    private const int Devices = 3;

    [Test]
    public void People_on_one_device_stay_as_many_under_any_order_of_events() => Check(600, static (random, length) =>
    {
        using var world = new IdentityWorld();
        var profiles = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < length; i++)
        {
            var person = $"user-{random.Next(People)}";
            var isNamed = random.Next(3) > 0;
            var seen = world.See(
                isNamed ? person : null,
                "tablet",
                isNamed && random.Next(2) == 0 ? EventType.Identify : EventType.Track,
                at: random.Next(1_000),
                also: isNamed && random.Next(2) == 0 ? [("email", $"{person}@shop.example"), ("device_id", "hardware")] : [("device_id", "hardware")]);
            if (isNamed)
            {
                profiles.TryAdd(person, seen.ProfileId);
            }
        }

        return profiles.Keys.Select(person => world.Find("user_id", person)).Distinct().Count() == profiles.Count
            && profiles.Keys.All(person => world.Map.CountOf(world.Find("user_id", person), IdentifierKind.UserId) == 1);
    });

    [Test]
    public void Strangers_may_come_in_any_order() => Check(400, static (random, length) =>
    {
        // Two circles of people who share nothing: whichever way their events are shuffled into each other, the same identifiers meet.
        var histories = Enumerable.Range(0, 2).Select(circle => Enumerable.Range(0, length).Select(_ => Happening.Of(random, circle)).ToArray()).ToArray();
        using var first = new IdentityWorld();
        using var second = new IdentityWorld();
        foreach (var happening in histories[0].Concat(histories[1]))
        {
            happening.Tell(first);
        }

        var (left, right) = (0, 0);
        while (left < length || right < length)
        {
            var isLeft = right == length || (left < length && random.Next(2) == 0);
            (isLeft ? histories[0][left++] : histories[1][right++]).Tell(second);
        }

        return Happening.Partition(first).SequenceEqual(Happening.Partition(second));
    });

    [Test]
    public void A_replay_gives_the_same_graph_from_any_checkpoint() => Check(400, static (random, length) =>
    {
        var history = Enumerable.Range(0, length).Select(_ => Happening.Of(random, 0)).ToArray();
        var cut = random.Next(length + 1);
        using var lived = new IdentityWorld();
        var rows = new CheckpointRows();
        foreach (var (happening, place) in history.Select((happening, place) => (happening, place)))
        {
            if (place == cut)
            {
                lived.Checkpoint(rows);
            }

            happening.Tell(lived);
        }

        if (cut == length)
        {
            lived.Checkpoint(rows);
        }

        using var replayed = new IdentityWorld();
        using var restored = new IdentityWorld();
        restored.Restore(rows);
        var numbers = (history.Select(happening => happening.Tell(replayed)).ToList(), history.Skip(cut).Select(happening => happening.Tell(restored)).ToList());
        return Digest(lived).SequenceEqual(Digest(replayed))
            && Digest(lived).SequenceEqual(Digest(restored))
            && numbers.Item1.Skip(cut).SequenceEqual(numbers.Item2);
    });

    [Test]
    public void A_late_identify_finds_its_time_again() => Check(400, static (random, length) =>
    {
        // Each is named on the tablet once, at a time of their own; the identifies come in any order. Afterwards everything that comes late
        // belongs to whoever had the tablet then, as if all had come in order.
        var times = Enumerable.Range(1, People).Select(person => person * 100L).ToArray();
        var order = Enumerable.Range(0, People).ToArray();
        random.Shuffle(order);
        using var world = new IdentityWorld();
        foreach (var person in order)
        {
            world.See($"user-{person}", "tablet", EventType.Identify, at: times[person]);
        }

        return Enumerable.Range(0, length).All(_ =>
        {
            var at = 100 + random.Next((People * 100) + 50);
            var owner = Math.Min((at / 100) - 1, People - 1);
            return world.See(anonymous: "tablet", at: at).ProfileId == world.Find("user_id", $"user-{owner}");
        });
    });

    [Test]
    public void A_merge_that_is_cut_leaves_both_as_they_were() => Check(400, static (random, length) =>
    {
        using var world = new IdentityWorld();
        for (var i = 0; i < length; i++)
        {
            Happening.Of(random, 0).Tell(world);
        }

        var before = Digest(world);
        var living = Enumerable.Range(0, world.Map.Count).Where(profile => world.Map.Canonical(profile) == profile).ToArray();
        if (living.Length < 2)
        {
            return true;
        }

        random.Shuffle(living);
        world.Map.Merge(living[0], living[1]);
        world.Map.Cut(living[0]);
        return Digest(world).SequenceEqual(before);
    });

    /// <summary>Profiles, whom they live on in, and what each has.</summary>
    private static List<string> Digest(IdentityWorld world) =>
    [
        .. Enumerable.Range(0, world.Map.Count).Select(profile => string.Join(' ',
        [
            $"{profile} lives in {world.Map.Canonical(profile)} by {world.Map.Forest.MergedInto(profile)} past {world.Map.IsOnlyPast(profile)} kinds",
            .. Enumerable.Range(1, 8).Select(kind => world.Map.Canonical(profile) == profile ? $"{world.Map.CountOf(profile, (byte)kind)}" : ""),
            .. world.Map.IdentifiersOf(profile).Order().Select(number =>
                $"[{world.Map[number].Key:x} {world.Map[number].EpochMs} {world.Map[number].SeenMs} {world.Map[number].Joins} {world.Map[number].IsQuarantined} "
                + $"{string.Join(',', world.Map.EpochsOf(number))}]"),
        ])),
    ];

    private static void Check(int runs, Func<Random, int, bool> holds) =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            ArbMap.Default.ArbFor<PositiveInt>(),
            (seed, length) => holds(new Random(seed), Math.Min(length.Get * 2, 60)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithReplay(20_26, 1));

    /// <summary>One event of a small world, so that identifiers meet often.</summary>
    private sealed record Happening(string? User, string? Anonymous, EventType Type, string? Previous, EventOrigin Origin, long At, (string Kind, string Value)[] Also)
    {
        public static Happening Of(Random random, int circle)
        {
            var also = new List<(string Kind, string Value)>();
            Sometimes(random, 3, () => also.Add(("email", $"mail-{circle}-{random.Next(People)}@shop.example")));
            Sometimes(random, 4, () => also.Add(("phone", $"+491510000{circle}{random.Next(People)}")));
            Sometimes(random, 3, () => also.Add(("device_id", $"hardware-{circle}-{random.Next(Devices)}")));
            var isAlias = random.Next(8) == 0;
            return new Happening(
                random.Next(2) == 0 ? $"user-{circle}-{random.Next(People)}" : null,
                $"browser-{circle}-{random.Next(Devices * 2)}",
                isAlias ? EventType.Alias : EventType.Track,
                isAlias ? $"browser-{circle}-{random.Next(Devices * 2)}" : null,
                random.Next(6) == 0 ? EventOrigin.Import : EventOrigin.Live,
                random.Next(1_000),
                [.. also]);
        }

        public (int ProfileId, int Merged) Tell(IdentityWorld world)
        {
            var seen = world.See(User, Anonymous, Type, Previous, Origin, At, receivedAt: 10_000, traces: null, consent: default, Also);
            return (seen.ProfileId, seen.MergedProfileId);
        }

        /// <summary>Which identifiers belong together, whatever the numbers are.</summary>
        public static List<string> Partition(IdentityWorld world) =>
        [
            .. Enumerable.Range(0, world.Map.Count)
                .GroupBy(world.Map.Canonical)
                .Select(person => string.Join(' ', person.SelectMany(world.Map.IdentifiersOf).Select(number => world.Map[number].Key.ToString("x")).Order(StringComparer.Ordinal)))
                .Order(StringComparer.Ordinal),
        ];

        private static void Sometimes(Random random, int oneIn, Action then)
        {
            if (random.Next(oneIn) == 0)
            {
                then();
            }
        }
    }
}
