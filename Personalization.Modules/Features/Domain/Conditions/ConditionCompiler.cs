using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using static Personalization.Features.Domain.Conditions.Compiled.FactGroup;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Turns conditions into something that can be asked. Any thread.</summary>
internal sealed class ConditionCompiler(
    IEventNames events, IKeptProperties properties, ITraitReader traits, ICatalog catalog, IOptions<FeaturesOptions> options) : IConditionCompiler
{
    private readonly long _sessionGapMs = options.Value.SessionGapMinutes * 60_000L;

    public CompiledCondition Compile(Condition condition) => condition switch
    {
        AllOf all => new GroupCondition(all, [.. all.Of.Select(Compile)], isAll: true, isNegated: false) { Path = all.Path },
        AnyOf any => new GroupCondition(any, [.. any.Of.Select(Compile)], isAll: false, isNegated: false) { Path = any.Path },
        NoneOf none => new GroupCondition(none, [.. none.Of.Select(Compile)], isAll: false, isNegated: true) { Path = none.Path },
        Comparison comparison => CompileComparison(comparison),
        EventMeasure measure => CompileMeasure(measure),
        Sequence sequence => new SequenceCondition(sequence, WindowOf(sequence.Window), CompilePattern) { Path = sequence.Path },
        FunnelStage funnel => new FunnelCondition(funnel, new ValueTest(funnel.Operator, [new Literal(ScalarKind.Number, funnel.Step)])) { Path = funnel.Path },
        InSegment segment => new SegmentCondition(segment) { Path = segment.Path },
        OnList list => new ListCondition(list) { Path = list.Path },
        RandomShare random => new RandomCondition(random) { Path = random.Path },
        ConsentIs consent => new ConsentCondition(consent) { Path = consent.Path },
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "There is no such condition."),
    };

    public IEventMatcher Compile(EventPattern pattern) => CompilePattern(pattern);

    private CompiledCondition CompileComparison(Comparison comparison)
    {
        var test = new ValueTest(comparison.Operator, comparison.Values);
        return comparison.Source switch
        {
            ValueSource.Trait => new TraitCondition(comparison, traits, test) { Path = comparison.Path },
            ValueSource.Feature => new FeatureCondition(comparison, test) { Path = comparison.Path },
            ValueSource.Context => new ContextCondition(comparison, properties.Find(ConditionProperties.PathOfContext(comparison.Name)), test) { Path = comparison.Path },
            _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "Properties and products are of events."),
        };
    }

    private LeafCondition CompileMeasure(EventMeasure measure)
    {
        var pattern = CompilePattern(measure.Pattern);
        var window = WindowOf(measure.Window);
        var test = new ValueTest(measure.Operator, measure.Values);
        return measure.Measure == Measure.Count
            ? new CountCondition(measure, pattern, window, test) { Path = measure.Path }
            : new MeasureCondition(measure, pattern, window, ValueOf(measure.Of), test) { Path = measure.Path };
    }

    private Window WindowOf(TimeWindow window) => new(window, _sessionGapMs);

    private PatternMatcher CompilePattern(EventPattern pattern)
    {
        var numbers = new HashSet<int>();
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in pattern.Names)
        {
            if (events.Find(name) is var number and >= 0)
            {
                numbers.Add(number);
            }
            else
            {
                unknown.Add(name);
            }
        }

        return new PatternMatcher(numbers, unknown, pattern.Where is { } where ? CompileWhere(where) : null);
    }

    private FactTest CompileWhere(Condition where) => where switch
    {
        AllOf all => CompileWhere(all.Of, Rule.All),
        AnyOf any => CompileWhere(any.Of, Rule.Any),
        NoneOf none => CompileWhere(none.Of, Rule.None),
        Comparison comparison => CompileWhere(comparison, new ValueTest(comparison.Operator, comparison.Values)),
        _ => throw new ArgumentOutOfRangeException(nameof(where), where, "A condition on an event asks about the event alone."),
    };

    private FactGroup CompileWhere(ImmutableArray<Condition> of, Rule rule) => new([.. of.Select(CompileWhere)], rule);

    private FactTest CompileWhere(Comparison comparison, ValueTest test) => (comparison.Source, comparison.Name) switch
    {
        (ValueSource.Property, "revenue") => new RevenueTest(test),
        (ValueSource.Property, "name") => new NameTest(events, test),
        (ValueSource.Property, var name) => new PropertyTest(properties.Find(name), test),
        (ValueSource.Product, "id") => new LineTextTest(catalog, LineTextTest.Field.Id, test),
        (ValueSource.Product, "category") => new LineTextTest(catalog, LineTextTest.Field.Category, test),
        (ValueSource.Product, "brand") => new LineTextTest(catalog, LineTextTest.Field.Brand, test),
        (ValueSource.Product, "price") => new LineNumberTest(isPrice: true, test),
        (ValueSource.Product, "quantity") => new LineNumberTest(isPrice: false, test),
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison, "A condition on an event asks about the event alone."),
    };

    private FactValue ValueOf((ValueSource Source, string Name)? of) => of switch
    {
        null => new FactValue(FactValue.Of.Property),
        (ValueSource.Property, "revenue") => new FactValue(FactValue.Of.Revenue),
        (ValueSource.Property, "name") => new FactValue(FactValue.Of.Name),
        (ValueSource.Property, var name) => new FactValue(FactValue.Of.Property, properties.Find(name)),
        (_, "id") => new FactValue(FactValue.Of.Item),
        (_, "category") => new FactValue(FactValue.Of.Category),
        (_, "brand") => new FactValue(FactValue.Of.Brand),
        (_, "price") => new FactValue(FactValue.Of.Price),
        _ => new FactValue(FactValue.Of.Quantity),
    };
}
