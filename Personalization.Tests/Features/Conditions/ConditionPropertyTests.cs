using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Tests.Features.Model;

namespace Personalization.Tests.Features.Conditions;

/// <summary>
/// Compiled conditions against the oracle, which tries everything: the answer at any time, and that it stays until the time that was told. Seeds
/// are fixed.
/// </summary>
[Parallelizable]
public sealed class ConditionPropertyTests
{
    private const long HorizonMs = 3 * 3_600_000;

    [Test]
    public void An_answer_is_right_and_stays_until_the_time_that_is_told()
    {
        var (turned, held) = (0, 0);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var run = new Run(seed);
            for (var steps = 0; steps < 200; steps++)
            {
                var holds = run.Holds();
                var next = run.World.Snapshot.NextChangeMs;
                Assert.That(holds, Is.EqualTo(run.Oracle(run.NowMs)), run.ToString);
                Assert.That(next, Is.GreaterThan(run.NowMs), run.ToString);
                held += holds ? 1 : 0;
                foreach (var edge in run.EdgesUntil(next))
                {
                    Assert.That(run.Oracle(edge), Is.EqualTo(holds), () => $"{run} at {edge - run.NowMs} ms, told {next - run.NowMs}");
                }

                if (next > run.StartMs + HorizonMs)
                {
                    break;
                }

                Assert.That(steps, Is.LessThan(199), () => $"{run} comes to no end");
                turned += run.Oracle(next) != holds ? 1 : 0;
                run.NowMs = next;
            }
        }

        Assert.That(held, Is.GreaterThan(1_000));
        Assert.That(turned, Is.GreaterThan(1_000));
    }

    [Test]
    public void An_event_turns_no_answer_in_a_way_that_its_effect_does_not_tell()
    {
        var (turned, spared) = (0, 0);
        for (var seed = 0; seed < 60_000; seed++)
        {
            var run = new Run(seed);
            if (!run.BeginWithoutLast())
            {
                continue;
            }

            var before = run.Holds();
            var next = run.World.Snapshot.NextChangeMs;
            var effect = run.EffectOfLast(out var ofItself);
            next = Math.Min(next, ofItself);
            var after = run.Oracle(run.NowMs);
            turned += after != before ? 1 : 0;
            if (!effect.HasFlag(before ? Effect.Against : Effect.For))
            {
                // Whoever is spared is asked when they were due before the event came, or are because of it, and until then nothing may turn.
                spared++;
                Assert.That(after, Is.EqualTo(before), run.ToString);
                foreach (var edge in run.EdgesUntil(next))
                {
                    Assert.That(run.Oracle(edge), Is.EqualTo(before), () => $"{run} at {edge - run.NowMs} ms, told {next - run.NowMs}");
                }
            }
        }

        Assert.That(turned, Is.GreaterThan(500));
        Assert.That(spared, Is.GreaterThan(5_000));
    }

    /// <summary>Of somebody who is full, what leaves may be noticed later; but it makes no difference whether something was noted.</summary>
    [TestCase(int.MaxValue)]
    [TestCase(3)]
    public void An_answer_stays_while_what_it_hangs_on_cannot_have_turned(int keepsLast)
    {
        var (spared, turned) = (0, 0);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var run = new Run(seed);
            var time = new Random(seed);
            run.World.KeepsLast = keepsLast;
            var places = run.BeginWithoutAny();
            var holds = run.Holds();
            var (note, next) = (run.NoteOf(holds), run.World.Snapshot.NextChangeMs);
            foreach (var place in places)
            {
                // What time changes is asked when it does, and nothing is noted of what hung on it.
                for (var nowMs = run.NowMs + (time.Next(4) * 300_000); run.NowMs < nowMs;)
                {
                    run.NowMs = Math.Min(nowMs, next);
                    if (run.NowMs == next)
                    {
                        (holds, next, note) = (run.Holds(), run.World.Snapshot.NextChangeMs, default);
                    }
                }

                if (run.Come(place, holds, ref note, ref next))
                {
                    turned += holds != run.Holds() ? 1 : 0;
                    holds = run.Holds();
                    (note, next) = (run.NoteOf(holds), Math.Min(next, run.World.Snapshot.NextChangeMs));
                }
                else
                {
                    spared++;
                    var noted = keepsLast == int.MaxValue || note.Tells(run.World.ArrivalOf(place));
                    Assert.That(!noted || run.Holds() == holds, () => $"{run} at event {place}, {run.NowMs - run.StartMs} ms");
                }

                Assert.That(keepsLast < int.MaxValue || run.Oracle(run.NowMs) == holds, () => $"{run} at event {place}, {run.NowMs - run.StartMs} ms");
            }
        }

        Assert.That(turned, Is.GreaterThan(1_000));
        Assert.That(spared, Is.GreaterThan(10_000));
    }

    [Test]
    public void An_explanation_agrees_with_the_answer_and_tells_exactly_when_it_turns()
    {
        var turned = 0;
        for (var seed = 0; seed < 8_000; seed++)
        {
            var run = new Run(seed);
            var explained = run.Explain();
            Assert.That(explained.Holds, Is.EqualTo(run.Oracle(run.NowMs)), run.ToString);
            Check(explained, run);
            if (explained.ChangesAtMs is not { } turns)
            {
                Assert.That(run.EdgesUntil(run.NowMs + HorizonMs).Select(run.Oracle), Has.All.EqualTo(explained.Holds), run.ToString);
                continue;
            }

            turned++;
            Assert.That(run.Oracle(turns), Is.Not.EqualTo(explained.Holds), run.ToString);
            Assert.That(run.EdgesUntil(turns).Select(run.Oracle), Has.All.EqualTo(explained.Holds), run.ToString);
        }

        Assert.That(turned, Is.GreaterThan(300));
    }

    [Test]
    public void A_sequence_that_holds_names_events_that_satisfy_it()
    {
        var traced = 0;
        for (var seed = 0; seed < 40_000 && traced < 300; seed++)
        {
            var run = new Run(seed);
            if (run.Condition is not Sequence sequence || !run.Holds())
            {
                continue;
            }

            traced++;
            var named = run.Explain().Offsets;
            var steps = sequence.Steps.Where(step => !step.IsAbsent).ToList();
            Assert.That(named, Has.Count.EqualTo(steps.Sum(step => step.Times)), run.ToString);
            Assert.That(run.HoldsWithOnly(named, sequence), Is.True, run.ToString);
        }

        Assert.That(traced, Is.EqualTo(300));
    }

    private static void Check(Explanation explained, Run run)
    {
        Assert.That(explained.Text, Is.Not.Empty, run.ToString);
        Assert.That(explained.Offsets, Is.Ordered.Using<long>((left, right) => run.OrderOf(left).CompareTo(run.OrderOf(right))), run.ToString);
        foreach (var part in explained.Of)
        {
            Check(part, run);
        }
    }

    /// <summary>A person and a condition by chance.</summary>
    private sealed class Run
    {
        private readonly Person _person;
        private readonly CompiledCondition _compiled;
        private readonly int _seed;

        /// <summary>Of the compiled condition only: the oracle knows it.</summary>
        private bool _isLastLeftOut;

        public Run(int seed)
        {
            var random = new Random(seed);
            _seed = seed;
            StartMs = NowMs = ConditionMaker.StartMs + (random.Next(120) * 30_000L);
            Condition = new ConditionMaker(random, ["vip", "staff"]).Next(2);
            var made = new PersonMaker(random).Next(9, NowMs);

            // Some of an event's time lies ahead, since clocks of shoppers do; and sessions take turns.
            _person = made with
            {
                Events = [.. made.Events.Select(past => past with { Session = random.Next(3), TimeMs = past.TimeMs + (random.Next(10) == 0 ? 3_600_000 : 0) })],
                Share = seed => RandomCondition.PlaceOf(ConditionWorld.Profile, seed),
            };
            foreach (var past in _person.Events)
            {
                World.Happened(past);
            }

            foreach (var (name, trait) in _person.Traits)
            {
                World.Says(name, trait.Value!, trait.ExpiresAtMs);
            }

            World.Segments.UnionWith(new[] { "vip", "staff" }.Where(_person.IsIn));
            World.IsConsenting = _person.Grants("personalise");
            foreach (var path in ConditionProperties.Of(Condition))
            {
                World.Keep(path);
            }

            // What nobody asks for is not there, and no answer may differ for it.
            World.Snapshot.NeedsProperties = ConditionProperties.AreAskedFor(Condition);
            World.AtTime(NowMs);
            _ = World.Snapshot.Facts;
            _compiled = World.Compiler.Compile(Condition);
        }

        public ConditionWorld World { get; } = new();

        public Condition Condition { get; }

        public long StartMs { get; }

        public long NowMs { get; set; }

        /// <summary>With the events that have come.</summary>
        private Person Known => World.NotYet is not { } place || _isLastLeftOut ? _person : _person with { Events = [.. _person.Events.Where(past => past.Place < place)] };

        public bool Holds()
        {
            World.AtTime(NowMs);
            return _compiled.Holds(World.Snapshot);
        }

        /// <summary>The event that came last has not come yet. False when there is none.</summary>
        public bool BeginWithoutLast()
        {
            _isLastLeftOut = true;
            World.NotYet = _person.Events.Count == 0 ? null : _person.Events.Max(past => past.Place);
            return World.NotYet is not null;
        }

        /// <param name="changesAtMs">When the event may turn the answer by itself.</param>
        public Effect EffectOfLast(out long changesAtMs)
        {
            var arrival = World.ArrivalOf(World.NotYet!.Value);
            var effect = _compiled.EffectOf(arrival);
            changesAtMs = arrival.NextChangeMs;
            return effect;
        }

        /// <summary>No event has come yet; places of those that will, in turn.</summary>
        public IEnumerable<long> BeginWithoutAny()
        {
            World.NotYet = 0;
            return _person.Events.Select(past => past.Place).Order();
        }

        /// <summary>On what the answer hangs that <see cref="Holds"/> just gave.</summary>
        public AnswerNote NoteOf(bool holds) =>
            _compiled is GroupCondition ? World.Snapshot.Decider : new AnswerNote(_compiled, holds, World.Snapshot.Lacks);

        /// <summary>An event comes. Whether it may have turned the answer.</summary>
        public bool Come(long place, bool before, ref AnswerNote note, ref long nextMs)
        {
            World.NotYet = place + 1;
            World.AtTime(NowMs);
            var arrival = World.ArrivalOf(place);
            var mayTurn = note.Tells(arrival) ? note.MayTurn(arrival) : _compiled.MayTurn(arrival, before);
            nextMs = Math.Min(nextMs, arrival.NextChangeMs);
            return mayTurn;
        }

        public Explanation Explain()
        {
            World.AtTime(NowMs);
            return _compiled.Explain(World.Snapshot);
        }

        public bool Oracle(long atMs) => Model.Oracle.Holds(Condition, Known, atMs);

        public IEnumerable<long> EdgesUntil(long untilMs) =>
            Edges.Of([Condition], Known, NowMs, Math.Min(untilMs - 1, StartMs + HorizonMs));

        public (long, long) OrderOf(long offset) => (_person.Events.First(past => past.Place == offset).TimeMs, offset);

        /// <summary>Whether the sequence without its absences holds of those events alone.</summary>
        public bool HoldsWithOnly(IReadOnlyList<long> offsets, Sequence sequence) =>
            Model.Oracle.Holds(
                sequence with { Steps = [.. sequence.Steps.Where(step => !step.IsAbsent)] }, _person with { Events = [.. _person.Events.Where(past => offsets.Contains(past.Place))] }, NowMs);

        public override string ToString() =>
            $"seed {_seed}: {ConditionWriter.Write(Condition)} of\n{string.Join('\n', _person.Events.OrderBy(past => past.TimeMs).Select(Told))}";

        private string Told(PastEvent past) =>
            $"{past.TimeMs - StartMs} {past.Name} session {past.Session} {string.Join(' ', past.Properties)} {string.Join(' ', past.Lines)} {past.Revenue}";
    }
}
