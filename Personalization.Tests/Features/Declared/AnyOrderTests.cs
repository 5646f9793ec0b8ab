using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using static Personalization.Tests.Features.Declared.AggregateWorld;

namespace Personalization.Tests.Features.Declared;

/// <summary>
/// Any order of arrival, and any way of joining parts, gives the same bytes; and what is read of them is what a naive recomputation over all
/// observations says, at every edge of the window.
/// </summary>
internal sealed class AnyOrderTests
{
    private const int Histories = 150;
    private static readonly FeatureWindow Sliding = new(WindowKind.Sliding, Hour, 5 * Minute);
    private static readonly FeatureWindow Lifetime = new(WindowKind.Lifetime, GrainMs: Minute);
    private static readonly FeatureWindow Session = new(WindowKind.Session);

    private static readonly Case[] Cases =
    [
        .. new[] { Sliding, Lifetime, Session }.SelectMany(window => new Case[]
        {
            new($"count {window.Kind}", new CountAggregate(window), seen => seen.Count),
            new($"sum {window.Kind}", new SumAggregate(window), seen => (double)seen.Sum(each => (decimal)each.Amount)),
            new($"min {window.Kind}", new MinAggregate(window), seen => seen.Count == 0 ? null : seen.Min(each => each.Amount)),
            new($"max {window.Kind}", new MaxAggregate(window), seen => seen.Count == 0 ? null : seen.Max(each => each.Amount)),
            new($"average {window.Kind}", new AverageAggregate(window), seen => seen.Count == 0 ? null : (double)seen.Sum(each => (decimal)each.Amount) / seen.Count),
            new($"distinct {window.Kind}", new DistinctAggregate(window, FeatureWorld.Hasher), seen => seen.Select(each => each.Value).Distinct().Count(), KeptSessions: 2),
            new($"first {window.Kind}", new FirstAggregate(window), seen => seen.Count == 0 ? null : Ordered(seen).First().Value),
        }),
        new("last", new LastAggregate(Sliding), seen => seen.Count == 0 ? null : Ordered(seen).Last().Value),
        new("last of life", new LastAggregate(Lifetime), seen => seen.Count == 0 ? null : Ordered(seen).Last().Value),
        new("last 5", new LastNAggregate(Sliding, 5), seen => seen.Count == 0 ? null : Ordered(seen).Last().Value),
        new("rate", new RateAggregate(Sliding, Minute), seen => seen.Count / 60d),
    ];

    private static readonly Case[] Weighed =
    [
        new("decayed sum", new DecayedSumAggregate(Lifetime, Hour, isOfAmounts: true), _ => null),
        new("affinity", new AffinityAggregate(Lifetime, Hour, isOfAmounts: true), _ => null),
        new("recency", new RecencyAggregate(Sliding), _ => null),
    ];

    [TestCaseSource(nameof(Cases))]
    [TestCaseSource(nameof(Weighed))]
    public void Gives_the_same_bytes(Case of)
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var random = new Random(seed);
            var seen = Some(random);
            var expected = Fold(of.Aggregate, seen);

            random.Shuffle(seen);
            Assert.That(Fold(of.Aggregate, seen), Is.EqualTo(expected), $"seed {seed}");
            Assert.That(Join(of.Aggregate, seen, random), Is.EqualTo(expected), $"seed {seed}, in parts");
            Assert.That(expected, Has.Length.LessThanOrEqualTo(of.Aggregate.MaxBytes));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Reads_what_a_recomputation_says(Case of)
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var random = new Random(seed);
            var seen = Some(random);
            var state = Fold(of.Aggregate, seen);
            var newest = seen.Length == 0 ? Start : seen.Max(each => each.TimeMs);
            var window = of.Aggregate.Window;
            var now = newest + random.Next((int)Hour);
            for (var edges = 0; edges < 40 && now < long.MaxValue; edges++)
            {
                var session = window.Kind == WindowKind.Session ? Newest(seen, of.KeptSessions, random) : 0;
                var counted = seen.Where(each => Counts(window, each, now, session)).ToList();

                Assert.That(Read(of.Aggregate, state, new ReadTime(now, session), out var next), Is.EqualTo(of.Naive(counted)), $"seed {seed} at {now - Start}");
                AssertStays(of, state, session, now, next);
                now = next;
            }
        }
    }

    [Test]
    public void A_decayed_sum_is_the_sum_of_its_decayed_amounts()
    {
        var decayed = new DecayedSumAggregate(new FeatureWindow(WindowKind.Lifetime, GrainMs: Minute), Hour, isOfAmounts: true);
        for (var seed = 0; seed < Histories; seed++)
        {
            var seen = Some(new Random(seed));
            var now = Start + (3 * Hour);
            var expected = seen.Sum(each => each.Amount * Math.Pow(2, (each.TimeMs - now) / (double)Hour));

            Assert.That(Read(decayed, Fold(decayed, seen), new ReadTime(now), out _), Is.EqualTo(expected).Within(1e-5), $"seed {seed}");
        }
    }

    private static void AssertStays(Case of, byte[] state, long session, long now, long next)
    {
        var value = Read(of.Aggregate, state, new ReadTime(now, session), out _);
        foreach (var between in (long[])[now + 1, now + ((next - now) / 2), next - 1])
        {
            if (next != long.MaxValue && between >= now && between < next)
            {
                Assert.That(Read(of.Aggregate, state, new ReadTime(between, session), out _), Is.EqualTo(value), "before its next change");
            }
        }
    }

    private static bool Counts(FeatureWindow window, Observed each, long now, long session) => window.Kind switch
    {
        WindowKind.Sliding => Math.Floor((each.TimeMs - EventTime.Epoch) / (double)window.GrainMs) >
            Math.Floor((now - EventTime.Epoch) / (double)window.GrainMs) - (window.LengthMs / window.GrainMs),
        WindowKind.Session => each.Session == session && session != 0,
        _ => true,
    };

    /// <summary>One of the sessions that are kept: those with the highest numbers.</summary>
    private static long Newest(Observed[] seen, int kept, Random random)
    {
        var sessions = seen.Select(each => each.Session).Where(session => session != 0).Distinct().OrderDescending().Take(kept).ToList();
        return sessions.Count == 0 ? 0 : sessions[random.Next(sessions.Count)];
    }

    private static Observed[] Some(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(80)).Select(offset => new Observed(
            Start + random.Next((int)(3 * Hour)), Math.Round(random.NextDouble() * 1_000, 2), random.Next(1, 12), offset, random.Next(0, 7))),
    ];

    private static IOrderedEnumerable<Observed> Ordered(IEnumerable<Observed> seen) => seen.OrderBy(each => each.TimeMs).ThenBy(each => each.Offset);

    private static byte[] Fold(Aggregate aggregate, Observed[] seen) =>
        seen.Aggregate(Array.Empty<byte>(), (state, each) => Add(aggregate, state, each));

    /// <summary>As profiles merge: any pieces, in any grouping.</summary>
    private static byte[] Join(Aggregate aggregate, Observed[] seen, Random random)
    {
        var parts = seen.GroupBy(_ => random.Next(5)).Select(group => Fold(aggregate, [.. group])).ToList();
        while (parts.Count > 1)
        {
            var (left, right) = (parts[0], parts[random.Next(1, parts.Count)]);
            parts.Remove(left);
            parts.Remove(right);
            parts.Add(random.Next(2) == 0 ? Merge(aggregate, left, right) : Merge(aggregate, right, left));
        }

        return parts.Count == 0 ? [] : parts[0];
    }

    /// <summary>An aggregate and what it should say of the observations that count.</summary>
    internal sealed record Case(string Name, Aggregate Aggregate, Func<List<Observed>, double?> Naive, int KeptSessions = 4)
    {
        public override string ToString() => Name;
    }
}
