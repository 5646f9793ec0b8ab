using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>Measures over events, each from the list of all values that there are.</summary>
internal static class OracleMeasures
{
    private const long DayMs = 86_400_000;

    public static bool Holds(EventMeasure asked, Person person, long nowMs)
    {
        var measured = Measured(asked, person, nowMs);
        return Oracle.Compares(new Comparison(asked.Path, ValueSource.Property, "", asked.Operator, asked.Values), measured, nowMs);
    }

    private static object? Measured(EventMeasure asked, Person person, long nowMs)
    {
        var events = Oracle.InOrder(person)
            .Where(happened => Oracle.IsIn(asked.Window, happened, person, nowMs) && Oracle.Matches(asked.Pattern, happened, person, nowMs))
            .ToList();
        var values = asked.Of is { } of ? events.SelectMany(happened => ValuesOf(asked.Pattern, of, happened, person, nowMs)).ToList() : [];
        var numbers = values.OfType<double>().Select(number => (decimal)Math.Round(number * 1e6)).ToList();
        return asked.Measure switch
        {
            Measure.Count => (double)events.Count,
            Measure.Days => (double)events.Select(happened => happened.TimeMs / DayMs).Distinct().Count(),
            Measure.Distinct => (double)values.Distinct().Count(),
            Measure.Sum => (double)(numbers.Sum() / 1_000_000m),
            _ when numbers.Count == 0 => null,
            Measure.Min => values.OfType<double>().Min(),
            Measure.Max => values.OfType<double>().Max(),
            _ => (double)(numbers.Sum() / 1_000_000m / numbers.Count),
        };
    }

    private static IEnumerable<object> ValuesOf(
        EventPattern pattern, (ValueSource Source, string Name) of, PastEvent happened, Person person, long nowMs) =>
        (of.Source == ValueSource.Property
            ? [Oracle.PropertyOf(happened, of.Name)]
            : happened.Lines.Where(line => Oracle.Matches(pattern, happened, line, person, nowMs)).Select(line => Oracle.ProductOf(line, of.Name)))
        .OfType<object>();
}
