using System.Globalization;
using System.Text.Json;

namespace Personalization.Bench.Reports;

/// <summary>
/// Standard output: a table for people, or one JSON object a line. Progress goes to standard error, so that the figures can be piped.
/// </summary>
internal sealed class Report(string bench, bool asJson)
{
    private readonly List<Measurement> _measurements = [];

    /// <summary>Adds a figure; as JSON it is written at once. Without samples nothing was measured, and that is said.</summary>
    public void Add(string metric, string unit, IReadOnlyList<double> samples, string reference, string conditions)
    {
        if (samples.Count == 0 || samples.Any(sample => !double.IsFinite(sample)))
        {
            Progress($"{metric}: no figure, something was not measured");
            return;
        }

        var measurement = new Measurement(bench, metric, unit, samples, reference, conditions);
        _measurements.Add(measurement);
        if (asJson)
        {
            Console.Out.WriteLine(ToJson(measurement));
        }
    }

    public void Progress(string line) => Console.Error.WriteLine($"{bench}: {line}");

    /// <summary>Writes the table, unless the figures have been written as JSON.</summary>
    public void Close()
    {
        if (asJson || _measurements.Count == 0)
        {
            return;
        }

        var width = Math.Max(28, _measurements.Max(m => m.Metric.Length));
        Console.Out.WriteLine();
        Console.Out.WriteLine($"{bench.PadRight(width)}  {"median",12}  {"min",12}  {"max",12}  {"runs",4}  unit");
        foreach (var m in _measurements)
        {
            Console.Out.WriteLine(
                $"{m.Metric.PadRight(width)}  {Show(m.Value),12}  {Show(m.Min),12}  {Show(m.Max),12}  {m.Samples.Count,4}  {m.Unit}");
        }

        foreach (var group in _measurements.GroupBy(m => (m.Reference, m.Conditions)))
        {
            Console.Out.WriteLine($"  {string.Join(", ", group.Select(m => m.Metric))}:");
            Console.Out.WriteLine($"    against {group.Key.Reference}; {group.Key.Conditions}");
        }
    }

    private static string Show(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F4", CultureInfo.InvariantCulture),
    };

    private static string ToJson(Measurement m)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("bench", m.Bench);
            json.WriteString("metric", m.Metric);
            json.WriteNumber("value", Round(m.Value));
            json.WriteNumber("min", Round(m.Min));
            json.WriteNumber("max", Round(m.Max));
            json.WriteNumber("runs", m.Samples.Count);
            json.WriteString("unit", m.Unit);
            json.WriteString("reference", m.Reference);
            json.WriteString("conditions", m.Conditions);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Six significant digits: more would only be noise.</summary>
    private static double Round(double value) => double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
