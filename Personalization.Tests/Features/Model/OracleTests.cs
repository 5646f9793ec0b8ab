using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>The oracle itself, on histories that fit on one line each: whoever judges others is judged by hand.</summary>
public class OracleTests
{
    private const long Minute = 60_000;

    [TestCase("0v 5v 9v", 10, true, Description = "three views within ten minutes")]
    [TestCase("0v 5v", 10, false)]
    [TestCase("0v 5v 5v", 9, true, Description = "two at one time are two")]
    [TestCase("0v 5v 9v 9o", 10, true)]
    public void Counts(string history, int now, bool holds) => Assert.That(Asks(Count("v", 3, within: 30), history, now), Is.EqualTo(holds));

    [Test]
    public void An_event_leaves_a_window_at_exactly_its_end()
    {
        Assert.That(Oracle.Holds(Count("v", 1, within: 5), Tell("2v"), (7 * Minute) - 1), Is.True);
        Assert.That(Oracle.Holds(Count("v", 1, within: 5), Tell("2v"), 7 * Minute), Is.False);
    }

    [TestCase("1v", true, Description = "from the first")]
    [TestCase("2v", true)]
    [TestCase("3v", false, Description = "to before the second")]
    [TestCase("0v", false)]
    public void Fixed_windows_hold_their_beginning_and_not_their_end(string history, bool holds) =>
        Assert.That(
            Asks(new EventMeasure("", On("v"), new TimeWindow(SinceMs: Minute, UntilMs: 3 * Minute), Measure.Count, null, ComparisonOperator.AtLeast, [Number(1)]), history, 60),
            Is.EqualTo(holds));

    [TestCase("0v 1a", true)]
    [TestCase("1a 2v", false, Description = "the wrong way round")]
    [TestCase("0v 1v 2a", true)]
    [TestCase("0a 1v 2o 3a", true, Description = "others may come between")]
    [TestCase("0v 0a", true, Description = "at one time the log's order counts")]
    [TestCase("0a 0v", false)]
    public void Steps_follow_each_other(string history, bool holds) => Assert.That(Asks(Then(On1("v"), On1("a")), history, 10), Is.EqualTo(holds));

    [TestCase("0v 5a", false, Description = "less than five minutes after")]
    [TestCase("0v 4a", true)]
    [TestCase("0v 3v 7a", true, Description = "the later view may be the one")]
    public void A_step_comes_in_its_time(string history, bool holds) => Assert.That(Asks(Then(On1("v"), On1("a", within: 5)), history, 10), Is.EqualTo(holds));

    [TestCase("0v 1v 2a", true)]
    [TestCase("0v 1a", false)]
    [TestCase("0v 1a 2v 3a", true)]
    public void A_step_may_be_asked_twice(string history, bool holds) =>
        Assert.That(Asks(Then(new SequenceStep(On("v"), 2, null, IsAbsent: false), On1("a")), history, 10), Is.EqualTo(holds));

    [TestCase("0v 1o 2a", false)]
    [TestCase("0v 1a", true)]
    [TestCase("0v 1o 2v 3a", true, Description = "another choice of the first step")]
    [TestCase("0v 1a 2o 3a", true, Description = "another choice of the last step")]
    public void An_absence_lies_between_its_neighbours(string history, bool holds) =>
        Assert.That(Asks(Then(On1("v"), Not("o"), On1("a")), history, 10), Is.EqualTo(holds));

    [TestCase("0a", 5, true, Description = "from exactly the end on")]
    [TestCase("0a", 4, false, Description = "not yet")]
    [TestCase("0a 3o", 10, false)]
    [TestCase("0a 5o", 10, false, Description = "the end belongs to it")]
    [TestCase("0a 6o", 10, true, Description = "too late to count")]
    [TestCase("0a 3a 4o 6a", 11, true, Description = "the last one stayed alone")]
    public void A_last_absence_holds_from_its_end_on(string history, int now, bool holds) =>
        Assert.That(Asks(Then(On1("a"), Not("o", within: 5)), history, now), Is.EqualTo(holds));

    [TestCase(9, true)]
    [TestCase(10, false, Description = "the first event has left the window")]
    public void A_sequence_lies_within_its_window(int now, bool holds) =>
        Assert.That(Asks(new Sequence("", [On1("v"), On1("a")], new TimeWindow(WithinMs: 10 * Minute)), "0v 5a", now), Is.EqualTo(holds));

    [Test]
    public void What_is_absent_or_of_another_kind_is_only_not_equal()
    {
        var person = new Person { Traits = Said(("age", 4d)) };
        foreach (var op in Enum.GetValues<ComparisonOperator>().Except([ComparisonOperator.Exists, ComparisonOperator.NotExists]))
        {
            var isNegative = op is ComparisonOperator.NotEqual or ComparisonOperator.NotIn;
            var isOfTime = op is ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext;
            var value = isOfTime ? Number(1) : Text("four");
            Assert.That(Oracle.Holds(new Comparison("", ValueSource.Trait, "name", op, [value, value]), person, 0), Is.EqualTo(isNegative), $"{op} of nothing");
            Assert.That(isOfTime || Oracle.Holds(new Comparison("", ValueSource.Trait, "age", op, [value, value]), person, 0) == isNegative, $"{op} of another kind");
        }

        Assert.That(Oracle.Holds(new Comparison("", ValueSource.Trait, "name", ComparisonOperator.NotExists, []), person, 0), Is.True);
        Assert.That(Oracle.Holds(new Comparison("", ValueSource.Trait, "age", ComparisonOperator.Exists, []), person, 0), Is.True);
    }

    [Test]
    public void A_trait_is_known_until_it_expires()
    {
        var person = new Person { Traits = new Dictionary<string, PastTrait> { ["plan"] = new("gold", 0, 0, ExpiresAtMs: 10) } };
        var asked = new Comparison("", ValueSource.Trait, "plan", ComparisonOperator.Equal, [Text("gold")]);

        Assert.That(Oracle.Holds(asked, person, 9), Is.True);
        Assert.That(Oracle.Holds(asked, person, 10), Is.False);
    }

    [Test]
    public void One_line_must_satisfy_all_that_is_asked_of_products()
    {
        var where = new AllOf("", [Product("category", "camping"), new Comparison("", ValueSource.Product, "price", ComparisonOperator.Less, [Number(10)])]);
        var split = new PastEvent(0, 0, "o") { Lines = [new PastLine("tent", "camping", null, 90), new PastLine("novel", "books", null, 5)] };
        var whole = split with { Lines = [.. split.Lines, new PastLine("peg", "camping", null, 2)] };
        var asked = new EventMeasure("", new EventPattern(["o"], where), new TimeWindow(), Measure.Count, null, ComparisonOperator.AtLeast, [Number(1)]);

        Assert.That(Oracle.Holds(asked, new Person { Events = [split] }, 0), Is.False);
        Assert.That(Oracle.Holds(asked, new Person { Events = [whole] }, 0), Is.True);
    }

    [Test]
    public void Products_are_measured_over_the_lines_that_are_meant()
    {
        var order = new PastEvent(0, 0, "o")
        {
            Lines = [new PastLine("tent", "camping", null, 90), new PastLine("novel", "books", null, 5), new PastLine("peg", "camping", null, 2.5)],
        };
        EventMeasure Ask(Measure measure, double equals) => new(
            "", new EventPattern(["o"], Product("category", "camping")), new TimeWindow(), measure, (ValueSource.Product, "price"), ComparisonOperator.Equal, [Number(equals)]);

        foreach (var (measure, value) in new[] { (Measure.Sum, 92.5), (Measure.Min, 2.5), (Measure.Max, 90), (Measure.Average, 46.25), (Measure.Distinct, 2) })
        {
            Assert.That(Oracle.Holds(Ask(measure, value), new Person { Events = [order] }, 0), Is.True, measure.ToString());
        }
    }

    [Test]
    public void Of_no_event_there_is_a_sum_and_no_least()
    {
        EventMeasure Ask(Measure measure, ComparisonOperator op) =>
            new("", On("o"), new TimeWindow(), measure, (ValueSource.Property, "revenue"), op, op == ComparisonOperator.NotExists ? [] : [Number(0)]);

        Assert.That(Oracle.Holds(Ask(Measure.Sum, ComparisonOperator.Equal), new Person(), 0), Is.True);
        Assert.That(Oracle.Holds(Ask(Measure.Min, ComparisonOperator.AtMost), new Person(), 0), Is.False);
        Assert.That(Oracle.Holds(Ask(Measure.Average, ComparisonOperator.NotExists), new Person(), 0), Is.True);
    }

    [Test]
    public void Days_are_of_utc()
    {
        var asked = new EventMeasure("", On("v"), new TimeWindow(), Measure.Days, null, ComparisonOperator.Equal, [Number(2)]);

        Assert.That(Oracle.Holds(asked, Tell($"0v {(24 * 60) - 1}v {24 * 60}v"), 3_000 * Minute), Is.True);
    }

    [Test]
    public void All_of_none_holds_and_any_of_none_does_not()
    {
        Assert.That(Oracle.Holds(new AllOf("", []), new Person(), 0), Is.True);
        Assert.That(Oracle.Holds(new AnyOf("", []), new Person(), 0), Is.False);
        Assert.That(Oracle.Holds(new NoneOf("", []), new Person(), 0), Is.True);
    }

    private static bool Asks(Condition condition, string history, int nowMinutes) => Oracle.Holds(condition, Tell(history), nowMinutes * Minute);

    /// <summary>"0v 5a": a view at minute 0, an addition at minute 5, in the order in which they came.</summary>
    private static Person Tell(string history) => new()
    {
        Events = [.. history.Split(' ').Select((word, place) => new PastEvent(long.Parse(word[..^1]) * Minute, place, word[^1..]))],
    };

    private static EventMeasure Count(string name, int atLeast, int within) =>
        new("", On(name), new TimeWindow(WithinMs: within * Minute), Measure.Count, null, ComparisonOperator.AtLeast, [Number(atLeast)]);

    private static Sequence Then(params SequenceStep[] steps) => new("", [.. steps], new TimeWindow());

    private static SequenceStep On1(string name, int? within = null) => new(On(name), 1, within * Minute, IsAbsent: false);

    private static SequenceStep Not(string name, int? within = null) => new(On(name), 1, within * Minute, IsAbsent: true);

    private static EventPattern On(string name) => new([name], null);

    private static Comparison Product(string name, string value) => new("", ValueSource.Product, name, ComparisonOperator.Equal, [Text(value)]);

    private static Dictionary<string, PastTrait> Said(params (string Name, object Value)[] traits) =>
        traits.ToDictionary(trait => trait.Name, trait => new PastTrait(trait.Value, 0, 0));

    private static Literal Text(string text) => new(ScalarKind.Text, Text: text);

    private static Literal Number(double number) => new(ScalarKind.Number, number);
}
