using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Declared;

/// <summary>Where observations go.</summary>
internal interface IObservationTarget
{
    /// <param name="version">Whose it is.</param>
    /// <param name="item">The line's item; -1 when it has none, or the observation is of a whole event.</param>
    /// <param name="observation">What it says.</param>
    void Add(FeatureVersion version, int item, in Observation observation);
}

/// <summary>What an event says to a feature: one observation, or one for each of its lines.</summary>
internal static class Observations
{
    private const string Revenue = "revenue";
    private const string EventName = "name";

    /// <returns>Whether there was one.</returns>
    public static bool Take<TTarget>(FeatureVersion version, ProfileFacts facts, ref readonly Fact fact, TTarget target)
        where TTarget : IObservationTarget
    {
        if (!version.IsByLine)
        {
            return version.Matcher!.Matches(facts, in fact) && TakeOne(version, facts, in fact, in NoLine, -1, target);
        }

        var hasTaken = false;
        var lines = facts.LinesOf(in fact);
        for (var i = 0; i < lines.Length; i++)
        {
            hasTaken |= version.Matcher!.Matches(facts, in fact, in lines[i]) && TakeOne(version, facts, in fact, in lines[i], i, target);
        }

        return hasTaken;
    }

    private static readonly FactLine NoLine = new() { Item = -1, CategoryTerm = -1, BrandTerm = -1, Price = float.NaN, Quantity = float.NaN };

    private static bool TakeOne<TTarget>(
        FeatureVersion version, ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line, int place, TTarget target)
        where TTarget : IObservationTarget
    {
        var definition = version.Definition;
        var aggregate = version.Aggregate!;
        var millionths = 0L;
        if (aggregate.NeedsAmount && !Millionths.TryOf(AmountOf(definition.Of!.Value, version.OfKey, facts, in fact, in line), out millionths))
        {
            version.Counts.Refuse();
            return false;
        }

        Span<byte> value = stackalloc byte[EncodedValue.MaxBytes];
        var source = definition.By ?? definition.Of;
        var length = aggregate.NeedsValue ? Encode(source!.Value, definition.By is null ? version.OfKey : version.ByKey, facts, in fact, in line, value) : 0;
        if (aggregate.NeedsValue && length == 0)
        {
            return false;
        }

        target.Add(version, line.Item, new Observation
        {
            TimeMs = fact.TimeMs,
            Offset = fact.Offset,
            Line = Math.Max(0, place),
            Session = fact.Session,
            Millionths = millionths,
            Value = value[..length],
        });
        version.Counts.Observe();
        return true;
    }

    /// <summary>NaN when there is none.</summary>
    private static double AmountOf(FeatureSource of, int key, ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) => of switch
    {
        { Source: ValueSource.Product, Name: "price" } => Amount.Of(line.Price),
        { Source: ValueSource.Product } => Amount.Of(line.Quantity),
        { Name: Revenue } => Amount.Of(fact.Revenue),
        _ => facts.ValueOf(in fact, key) is { Kind: ScalarKind.Number } number ? number.AsNumber : double.NaN,
    };

    private static int Encode(FeatureSource of, int key, ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line, Span<byte> into) => of switch
    {
        { Source: ValueSource.Product, Name: "id" } => EncodedValue.OfItem(line.Item, into),
        { Source: ValueSource.Product, Name: "category" } => EncodedValue.OfTerm(line.CategoryTerm, into),
        { Source: ValueSource.Product, Name: "brand" } => EncodedValue.OfTerm(line.BrandTerm, into),
        { Source: ValueSource.Product, Name: "price" } => EncodedValue.OfScalar(Scalar.Of(Amount.Of(line.Price)), default, into),
        { Source: ValueSource.Product } => EncodedValue.OfScalar(Scalar.Of(Amount.Of(line.Quantity)), default, into),
        { Name: Revenue } => EncodedValue.OfScalar(Scalar.Of(Amount.Of(fact.Revenue)), default, into),
        { Name: EventName } => EncodedValue.OfEventName(fact.Event, into),
        _ => EncodedValue.OfScalar(facts.ValueOf(in fact, key), facts.Text, into),
    };
}
