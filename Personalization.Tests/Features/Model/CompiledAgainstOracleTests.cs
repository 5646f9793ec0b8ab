using System.Text.Json;
using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// What the product answers, on random people, beside what the oracle does; and that nothing turns by itself before the product says that it
/// may. More seeds: <c>PERSONALIZATION_MODEL_SEEDS=5000</c>.
/// </summary>
public class CompiledAgainstOracleTests
{
    private const int PeopleOfCondition = 6;
    private const long Hour = 3_600_000;

    /// <summary>Evaluations one after the other that time alone may bring about; each of at most a few per event and duration.</summary>
    private const int MaxTurns = 2_000;

    private static readonly long _nowMs = ConditionMaker.StartMs + Hour;

    [Test]
    public void They_never_differ_and_nothing_turns_before_its_time()
    {
        for (var seed = 0; seed < ModelSeeds.Count(2_000); seed++)
        {
            var random = new Random(seed);
            var (view, people) = (new PersonView(), new PersonMaker(random));
            var condition = new ConditionMaker(random, ["vip", "new"]).Next(depth: 3);
            var compiled = view.Compiler.Compile(Read(condition));
            for (var i = 0; i < PeopleOfCondition; i++)
            {
                var next = people.Next(maxEvents: i < 3 ? 5 : 14, _nowMs);
                view.Person = next with { Share = name => RandomCondition.PlaceOf(0, name), Events = [.. next.Events.Select(InSession)] };
                LiveThrough(seed, condition, compiled, view);
            }
        }
    }

    /// <summary>From now to an hour on, at every time at which something could turn.</summary>
    private static void LiveThrough(int seed, Condition condition, CompiledCondition compiled, PersonView view)
    {
        var (turns, quietUntilMs, last) = (0, long.MinValue, false);
        foreach (var timeMs in Edges.Of([condition], view.Person, _nowMs - 1, _nowMs + (3 * Hour)).Prepend(_nowMs).Distinct())
        {
            var expected = Oracle.Holds(condition, view.Person, timeMs);
            if (timeMs < quietUntilMs && expected != last)
            {
                Assert.Fail($"Seed {seed}: it turns to {expected} at {timeMs - _nowMs:+0} ms, which was not said before {quietUntilMs - _nowMs:+0} ms.\n{Describe(condition, view.Person)}");
            }

            view.Snapshot.Reset(0, timeMs);
            var found = compiled.Holds(view.Snapshot);
            if (found != expected)
            {
                Assert.Fail($"Seed {seed}: at {timeMs - _nowMs:+0} ms the product says {found}.\n{Describe(condition, view.Person)}");
            }

            Assert.That(view.Snapshot.NextChangeMs, Is.GreaterThan(timeMs), "or whoever waits for it never gets on");
            (quietUntilMs, last) = (view.Snapshot.NextChangeMs, expected);
        }

        for (var timeMs = _nowMs; timeMs < long.MaxValue; timeMs = view.Snapshot.NextChangeMs)
        {
            view.Snapshot.Reset(0, timeMs);
            compiled.Holds(view.Snapshot);
            Assert.That(++turns, Is.LessThan(MaxTurns), $"Seed {seed}: asking again and again comes to no end.\n{Describe(condition, view.Person)}");
        }
    }

    /// <summary>As it comes from an administrator, so that writing and reading are in it too.</summary>
    private static Condition Read(Condition condition)
    {
        var faults = new List<DefinitionFault>();
        using var json = JsonDocument.Parse(ConditionJson.Text(condition));
        return ConditionReader.Read(json.RootElement, faults)
            ?? throw new InvalidOperationException($"{ConditionJson.Text(condition)}: {string.Join("; ", faults)}");
    }

    /// <summary>Sessions of half an hour by the clock: which events one has is another's matter here.</summary>
    private static PastEvent InSession(PastEvent happened) => happened with { Session = 1 + (happened.TimeMs / (Hour / 2)) };

    private static string Describe(Condition condition, Person person) =>
        ConditionJson.Text(condition) + "\n" + string.Join('\n', Oracle.InOrder(person).Select(happened =>
            $"  {happened.TimeMs - _nowMs:+0;-0;0} #{happened.Place} {happened.Name} session {happened.Session} revenue {happened.Revenue} "
            + string.Join(' ', happened.Properties.Select(property => $"{property.Key}={property.Value}")) + " " + string.Join(' ', happened.Lines)))
        + "\n  " + string.Join(' ', person.Traits.Select(trait => $"{trait.Key}={trait.Value.Value} until {trait.Value.ExpiresAtMs - _nowMs}"));
}
