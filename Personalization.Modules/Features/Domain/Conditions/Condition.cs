using System.Collections.Immutable;

namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// A condition on a profile, as it was written: what <c>docs/segments.md</c> describes as JSON. Data only; it is checked when it is read and
/// compiled before it is used. <see cref="Path"/> is where it stands in its document, as a JSON pointer.
/// </summary>
internal abstract record Condition(string Path);

/// <summary>True when all are; of none, true.</summary>
internal sealed record AllOf(string Path, ImmutableArray<Condition> Of) : Condition(Path);

/// <summary>True when one is; of none, false.</summary>
internal sealed record AnyOf(string Path, ImmutableArray<Condition> Of) : Condition(Path);

/// <summary>True when none is.</summary>
internal sealed record NoneOf(string Path, ImmutableArray<Condition> Of) : Condition(Path);

/// <summary>What a comparison looks at.</summary>
internal enum ValueSource : byte
{
    /// <summary>A trait of the profile.</summary>
    Trait,

    /// <summary>A declared or built-in feature of the profile.</summary>
    Feature,

    /// <summary>Context: of the request when one is asked for, else of the profile's latest event.</summary>
    Context,

    /// <summary>A kept property of the event (inside <c>where</c> only); <c>revenue</c> and <c>name</c> too.</summary>
    Property,

    /// <summary>Of one of the event's products (inside <c>where</c> only): <c>id</c>, <c>category</c>, <c>brand</c>, <c>price</c>, <c>quantity</c>.</summary>
    Product,
}

internal enum ComparisonOperator : byte
{
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,

    /// <summary>Both bounds included.</summary>
    Between,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Exists,
    NotExists,

    /// <summary>
    /// The value is a time v (ISO 8601, or Unix s or ms) and lies within that long before now: true while now is in [v, v + length). The three
    /// operators on times are not for <c>where</c>.
    /// </summary>
    WithinLast,

    /// <summary>The value is a time that lies at least that long before now: true while now is in [v + length, ∞).</summary>
    MoreThanAgo,

    /// <summary>The value is a time that lies within that long after now: true while now is in [v - length, v).</summary>
    WithinNext,
}

/// <summary>A value of a definition.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">Of a number; of a duration its ms.</param>
/// <param name="Text">Of a text.</param>
internal readonly record struct Literal(ScalarKind Kind, double Number = 0, string? Text = null);

/// <summary>
/// Compares one value. An absent value, or one of another kind than the literal, satisfies <see cref="ComparisonOperator.NotEqual"/>,
/// <see cref="ComparisonOperator.NotIn"/> and <see cref="ComparisonOperator.NotExists"/> and nothing else. Texts are compared ordinally, by their
/// UTF-8. Prices, quantities and revenue, which are kept as floats, are the decimals that were sent (<see cref="Amount.Of"/>).
/// </summary>
internal sealed record Comparison(string Path, ValueSource Source, string Name, ComparisonOperator Operator, ImmutableArray<Literal> Values) : Condition(Path);

/// <summary>Which events: of one of these names, for which <see cref="Where"/> holds.</summary>
/// <param name="Names">One name or several.</param>
/// <param name="Where">
/// On the event; null for any. When it asks about products, it holds if there is one line of the event for which the whole of it holds.
/// </param>
internal sealed record EventPattern(ImmutableArray<string> Names, Condition? Where);

/// <summary>
/// When events count. With <see cref="WithinMs"/>: an event at t counts while now - t is below it, so it leaves at exactly t + WithinMs. With
/// <see cref="SinceMs"/> and <see cref="UntilMs"/>: from the first, to before the second. Without any: as far back as events are kept.
/// </summary>
/// <param name="WithinMs">Length of a window that slides with now.</param>
/// <param name="SinceMs">Unix ms.</param>
/// <param name="UntilMs">Unix ms.</param>
/// <param name="IsSession">
/// Of the profile's current session only: that of its latest event, while it is not over by inactivity: while now is before that event + the gap.
/// </param>
internal sealed record TimeWindow(long? WithinMs = null, long? SinceMs = null, long? UntilMs = null, bool IsSession = false);

internal enum Measure : byte
{
    Count,
    Sum,
    Min,
    Max,
    Average,
    Distinct,

    /// <summary>Days on which there were such events, in UTC.</summary>
    Days,
}

/// <summary>
/// Compares a measure over the matching events of a window. Sums are exact in millionths, so they do not depend on the order of arrival. Min, max
/// and average of no event satisfy nothing but <see cref="ComparisonOperator.NotExists"/>.
/// </summary>
/// <param name="Path">Where it stands.</param>
/// <param name="Pattern">Which events.</param>
/// <param name="Window">When.</param>
/// <param name="Measure">What is measured.</param>
/// <param name="Of">
/// <see cref="ValueSource.Property"/> or <see cref="ValueSource.Product"/> and the name that is measured; of products, over the lines for which the
/// pattern holds. Null for <see cref="Measure.Count"/> and <see cref="Measure.Days"/>.
/// </param>
/// <param name="Operator">How it is compared: <see cref="ComparisonOperator.Equal"/> to <see cref="ComparisonOperator.Between"/>, or existence.</param>
/// <param name="Values">With what.</param>
internal sealed record EventMeasure(
    string Path, EventPattern Pattern, TimeWindow Window, Measure Measure, (ValueSource Source, string Name)? Of, ComparisonOperator Operator, ImmutableArray<Literal> Values) : Condition(Path);

/// <summary>One step of a sequence.</summary>
/// <param name="Pattern">Which event.</param>
/// <param name="Times">How often, at least 1; each after the one before.</param>
/// <param name="WithinMs">Its (last) event comes less than this after the (last) event of the step before; null for any time.</param>
/// <param name="IsAbsent">
/// No such event instead: between the steps around it; as the last step, within <see cref="WithinMs"/> after the step before (that end included), which
/// holds from exactly that end on. Never the first step.
/// </param>
internal sealed record SequenceStep(EventPattern Pattern, int Times, long? WithinMs, bool IsAbsent);

/// <summary>
/// Steps that follow each other: there is a choice of events, strictly ascending by (time, place in the log) and all within the window, that
/// satisfies every step. Absence looks at all events, in the window or not. "Between the steps around it" is after the last event of the step
/// before and before the first event of the step after.
/// </summary>
internal sealed record Sequence(string Path, ImmutableArray<SequenceStep> Steps, TimeWindow Window) : Condition(Path);

/// <summary>
/// Where the profile stands in a declared funnel: how many of its steps it has completed, compared with a number. One who never began has
/// completed none; of a funnel that nobody declared it is false.
/// </summary>
internal sealed record FunnelStage(string Path, string Funnel, ComparisonOperator Operator, int Step) : Condition(Path);

/// <summary>Is in another segment, in its live version.</summary>
internal sealed record InSegment(string Path, string Segment) : Condition(Path);

/// <summary>Is on a list of people.</summary>
internal sealed record OnList(string Path, string List) : Condition(Path);

/// <summary>A random share of all people, the same ones always: by a hash of profile and seed.</summary>
internal sealed record RandomShare(string Path, double Share, string Seed) : Condition(Path);

/// <summary>What the shopper allows now.</summary>
internal sealed record ConsentIs(string Path, string Purpose, bool IsGranted) : Condition(Path);
