using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// A measure over the events of a window, in one pass from the newest back. It may change whenever an event leaves that has counted.
/// </summary>
/// <param name="source">As it was written.</param>
/// <param name="pattern">Which events.</param>
/// <param name="window">When.</param>
/// <param name="of">What is measured.</param>
/// <param name="test">With what it is compared.</param>
internal sealed class MeasureCondition(EventMeasure source, PatternMatcher pattern, Window window, FactValue of, ValueTest test) : LeafCondition(source)
{
    private const long DayMs = 86_400_000;

    /// <summary>More than a sum's last digits, as a share: what is missing may be told too small, never too large.</summary>
    private const double Rounding = 1e-12;

    public override int Cost => source.Measure == Measure.Distinct ? 150 : 80;

    public override bool Holds(ProfileSnapshot profile)
    {
        var value = Measured(profile, null);
        return double.IsNaN(value) ? source.Operator == ComparisonOperator.NotExists : test.Holds(ScalarKind.Number, value, default);
    }

    public override Effect EffectOf(Arrival arrival)
    {
        ref readonly var fact = ref arrival.Fact;
        if (window.IsSession || !pattern.Matches(arrival.Facts, in fact))
        {
            return window.IsSession ? Effect.Any : Effect.None;
        }

        switch (source.Measure)
        {
            case Measure.Days or Measure.Distinct:
                return CountCondition.EffectOfMore(source.Operator);
            case Measure.Sum:
                var total = TotalOf(arrival);
                return total.Count == 0 ? Effect.None : total.Min < 0 ? Effect.Any : CountCondition.EffectOfMore(source.Operator);
            case Measure.Max when source.Operator is ComparisonOperator.AtLeast or ComparisonOperator.Greater:
                return Satisfies(TotalOf(arrival).Max);
            case Measure.Min when source.Operator is ComparisonOperator.AtMost or ComparisonOperator.Less:
                return Satisfies(TotalOf(arrival).Min);
            default:
                return Effect.Any;
        }
    }

    /// <summary>An event adds its own share and no more, and nothing on a day that has counted already.</summary>
    public override bool MayTurn(Arrival arrival, bool held, ref long lacks)
    {
        if (!MayTurn(arrival, held))
        {
            return false;
        }

        if (lacks <= 0)
        {
            return true;
        }

        switch (source.Measure)
        {
            case Measure.Days:
                return DayOf(in arrival.Fact) != lacks;
            case Measure.Distinct:
                lacks -= of.IsOfLines ? arrival.Fact.LineCount : 1;
                return lacks <= 0;
            default:
                // What takes away gives back when it leaves the window, of which nobody has told.
                var total = TotalOf(arrival);
                lacks = total.Min < 0 ? 0 : (long)Int128.Max(lacks - total.Sum, 0);
                return lacks <= 0;
        }
    }

    public override bool MayTurnByLoss(bool held) =>
        window.IsSession || source.Measure is not (Measure.Days or Measure.Distinct) || CountCondition.MayTurnByLess(source.Operator, held);

    public override void Touch(Touches touches)
    {
        pattern.Touch(touches);
        touches.AnyEvent |= window.IsSession;
    }

    /// <summary>What was found, and from when on it was looked for if that is not all that was asked.</summary>
    internal static string WithLimits(string value, ProfileFacts facts, Bounds bounds) =>
        facts.IncompleteUntilMs > long.MinValue && bounds.FromMs <= facts.IncompleteUntilMs
            ? $"{value} (of events after {DateTimeOffset.FromUnixTimeMilliseconds(facts.IncompleteUntilMs):yyyy-MM-dd'T'HH:mm:ss'Z'}; earlier ones are not kept)"
            : value;

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        var value = Measured(profile, evidence);
        evidence.Value = double.IsNaN(value) ? null : WithLimits(value.ToString("R"), profile.Facts, window.Of(profile));
    }

    /// <summary>NaN when there is nothing to measure.</summary>
    private double Measured(ProfileSnapshot profile, Evidence? evidence)
    {
        var bounds = window.Of(profile);
        var facts = profile.Facts;
        var distinct = profile.Room.Distinct;
        distinct.Clear();
        var total = default(Total);
        var oldestMs = long.MaxValue;
        var events = facts.Events;
        for (var i = events.Length - 1; i >= 0 && !bounds.IsEmpty && events[i].TimeMs >= bounds.FromMs; i--)
        {
            ref readonly var fact = ref events[i];
            if (bounds.Includes(in fact) && pattern.Matches(facts, in fact) && Add(facts, in fact, ref total, distinct))
            {
                oldestMs = fact.TimeMs;
                evidence?.AddOlder(fact.Offset);
            }
        }

        if (oldestMs != long.MaxValue)
        {
            profile.ChangesAt(window.LeavesAt(oldestMs));
        }

        profile.Lacks = Lacks(total, distinct.Count);
        return source.Measure switch
        {
            Measure.Sum => (double)total.Sum / Amount.PerUnit,
            Measure.Distinct => distinct.Count,
            Measure.Days => total.Count,
            _ when total.Count == 0 => double.NaN,
            Measure.Min => total.Min,
            Measure.Max => total.Max,
            _ => (double)total.Sum / (Amount.PerUnit * total.Count),
        };
    }

    /// <summary>
    /// What is missing to where the comparison turns: values, or millionths of a sum. Of days it is the latest that has counted, whatever is asked of their number.
    /// </summary>
    private long Lacks(Total total, int distinct)
    {
        if (source.Measure == Measure.Days)
        {
            return window.IsSession ? 0 : total.LatestDay;
        }

        if (window.IsSession || source.Measure is not (Measure.Sum or Measure.Distinct) || CountCondition.EffectOfMore(source.Operator) == Effect.Any)
        {
            return 0;
        }

        var bound = source.Values[^1].Number;
        return source.Measure == Measure.Distinct
            ? Math.Max(0, CountCondition.Enough(source.Operator, bound) - distinct)
            : (long)Int128.Clamp(Amount.ToMillionths(bound - (Math.Abs(bound) * Rounding)) - 1 - total.Sum, 0, long.MaxValue);
    }

    private Effect Satisfies(double value) => test.Holds(ScalarKind.Number, value, default) ? Effect.For : Effect.None;

    /// <summary>Of the event alone; NaN where it has nothing to measure.</summary>
    private Total TotalOf(Arrival arrival)
    {
        var total = new Total { Min = double.NaN, Max = double.NaN };
        Add(arrival.Facts, in arrival.Fact, ref total, null!);
        return total;
    }

    /// <summary>From 1.</summary>
    private static long DayOf(ref readonly Fact fact) => (fact.TimeMs / DayMs) + 1;

    /// <summary>Whether the event had something to measure.</summary>
    private bool Add(ProfileFacts facts, ref readonly Fact fact, ref Total total, DistinctSet distinct)
    {
        if (source.Measure == Measure.Days)
        {
            var day = DayOf(in fact);
            total.LatestDay = Math.Max(total.LatestDay, day);
            total.Count += day != total.Day ? 1 : 0;
            total.Day = day;
            return true;
        }

        if (!of.IsOfLines)
        {
            return Add(facts, of.Read(facts, in fact, in FactValue.NoLine), ref total, distinct);
        }

        var any = false;
        foreach (ref readonly var line in facts.LinesOf(in fact))
        {
            any |= pattern.Matches(facts, in fact, in line) && Add(facts, of.Read(facts, in fact, in line), ref total, distinct);
        }

        return any;
    }

    private bool Add(ProfileFacts facts, Scalar value, ref Total total, DistinctSet distinct)
    {
        if (source.Measure == Measure.Distinct)
        {
            if (value.Kind == ScalarKind.Text)
            {
                distinct.Add(value, facts.Text);
            }
            else if (value.Kind != ScalarKind.None)
            {
                distinct.Add(value.Kind, value.AsNumber);
            }

            return value.Kind != ScalarKind.None;
        }

        if (value.Kind != ScalarKind.Number)
        {
            return false;
        }

        total.Sum += Amount.ToMillionths(value.AsNumber);
        total.Min = total.Count == 0 ? value.AsNumber : Math.Min(total.Min, value.AsNumber);
        total.Max = total.Count == 0 ? value.AsNumber : Math.Max(total.Max, value.AsNumber);
        total.Count++;
        return true;
    }

    private struct Total
    {
        /// <summary>Millionths.</summary>
        public Int128 Sum;
        public double Min;
        public double Max;
        public int Count;
        public long Day;
        public long LatestDay;
    }
}

/// <summary>What is measured of an event, or of each of its lines.</summary>
/// <param name="kind">Which.</param>
/// <param name="key">Number of the kept property; -1 for one that is not kept.</param>
internal sealed class FactValue(FactValue.Of kind, int key = -1)
{
    public static readonly FactLine NoLine = new() { Item = -1, CategoryTerm = -1, BrandTerm = -1, Price = float.NaN, Quantity = float.NaN };

    public bool IsOfLines => kind >= Of.Item;

    /// <summary>Items, terms and names of events are told apart by their numbers.</summary>
    public Scalar Read(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) => kind switch
    {
        Of.Property => key < 0 ? default : facts.ValueOf(in fact, key),
        Of.Revenue => Number(fact.Revenue),
        Of.Name => Scalar.Of((double)fact.Event),
        Of.Item => Numbered(line.Item),
        Of.Category => Numbered(line.CategoryTerm),
        Of.Brand => Numbered(line.BrandTerm),
        Of.Price => Number(line.Price),
        _ => Number(line.Quantity),
    };

    private static Scalar Number(float value) => float.IsFinite(value) ? Scalar.Of(Amount.Of(value)) : default;

    private static Scalar Numbered(int number) => number < 0 ? default : Scalar.Of((double)number);

    internal enum Of
    {
        Property,
        Revenue,
        Name,
        Item,
        Category,
        Brand,
        Price,
        Quantity,
    }
}
