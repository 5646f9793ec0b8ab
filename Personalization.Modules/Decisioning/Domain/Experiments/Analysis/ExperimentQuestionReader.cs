using System.Globalization;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments.Analysis;

/// <summary>Reads what is asked of an experiment, with all faults at once.</summary>
internal sealed class ExperimentQuestionReader
{
    private const int MaxMetrics = 50;
    private const int MaxName = 256;
    private const long Day = 86_400_000;
    private readonly List<FlagFault> _faults = [];

    public IReadOnlyList<FlagFault> Faults => _faults;

    /// <summary>Use it only when there are no <see cref="Faults"/>.</summary>
    /// <param name="key">Of the experiment.</param>
    /// <param name="body">The question.</param>
    /// <param name="weights">By variation, as the flags say; those of the question go first.</param>
    public ExperimentQuestion Read(string key, JsonElement body, IReadOnlyDictionary<string, double> weights)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            _faults.Add(new FlagFault("", "The question must be an object."));
            body = JsonElement.Parse("{}"u8);
        }

        Only(body, "", "control", "weights", "since", "alpha", "tunedFor", "metrics");
        return new ExperimentQuestion(
            key,
            Text(body, "control", "") ?? Missing("/control", "Which variation the others are compared with."),
            ReadWeights(body) ?? weights,
            ReadSince(body),
            Number(body, "alpha", "", 0.0001, 0.5) ?? 0.05,
            Number(body, "tunedFor", "", 10, 1e9) ?? 5_000,
            ReadMetrics(body));
    }

    private Dictionary<string, double>? ReadWeights(JsonElement body)
    {
        if (!body.TryGetProperty("weights", out var list))
        {
            return null;
        }

        if (list.ValueKind != JsonValueKind.Object || list.EnumerateObject().Any(weight => weight.Value.ValueKind != JsonValueKind.Number || weight.Value.GetDouble() is < 0 or > 1e9))
        {
            _faults.Add(new FlagFault("/weights", "An object of variations and their intended shares, numbers from 0."));
            return null;
        }

        return list.EnumerateObject().ToDictionary(weight => weight.Name, weight => weight.Value.GetDouble(), StringComparer.Ordinal);
    }

    private long ReadSince(JsonElement body)
    {
        if (Text(body, "since", "") is not { } since)
        {
            return long.MinValue;
        }

        if (DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.ToUnixTimeMilliseconds();
        }

        _faults.Add(new FlagFault("/since", "A time in ISO 8601."));
        return 0;
    }

    private List<MetricDefinition> ReadMetrics(JsonElement body)
    {
        if (!body.TryGetProperty("metrics", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxMetrics)
        {
            _faults.Add(new FlagFault("/metrics", $"1 to {MaxMetrics} metrics."));
            return [];
        }

        var metrics = list.EnumerateArray().Select((metric, i) => ReadMetric(metric, $"/metrics/{i}")).OfType<MetricDefinition>().ToList();
        if (metrics.DistinctBy(metric => metric.Id, StringComparer.Ordinal).Count() < metrics.Count)
        {
            _faults.Add(new FlagFault("/metrics", "Two metrics have the same id."));
        }

        return metrics;
    }

    private MetricDefinition? ReadMetric(JsonElement metric, string pointer)
    {
        if (metric.ValueKind != JsonValueKind.Object)
        {
            _faults.Add(new FlagFault(pointer, "A metric must be an object."));
            return null;
        }

        Only(metric, pointer, "id", "event", "kind", "property", "per", "delayDays", "windowDays", "covariateDays", "cap", "decreaseIsBetter", "guardrail");
        return new MetricDefinition(
            Text(metric, "id", pointer) ?? Missing($"{pointer}/id", "A name for the report."),
            ReadValue(metric, pointer),
            metric.TryGetProperty("per", out var per) ? ReadPer(per, $"{pointer}/per") : null,
            Days(metric, "delayDays", pointer, 0) ?? 0,
            Days(metric, "windowDays", pointer, 1.0 / 1_440) ?? (7 * Day),
            Days(metric, "covariateDays", pointer, 0) ?? 0,
            Number(metric, "cap", pointer, 0, 1e12),
            Flag(metric, "decreaseIsBetter", pointer),
            Number(metric, "guardrail", pointer, 0, 1));
    }

    private EventValue? ReadPer(JsonElement per, string pointer)
    {
        if (per.ValueKind != JsonValueKind.Object)
        {
            _faults.Add(new FlagFault(pointer, "An object with 'event' and 'kind'."));
            return null;
        }

        Only(per, pointer, "event", "kind", "property");
        return ReadValue(per, pointer);
    }

    private EventValue ReadValue(JsonElement owner, string pointer)
    {
        var kind = (Text(owner, "kind", pointer) ?? "conversion") switch
        {
            "conversion" => MetricKind.Conversion,
            "count" => MetricKind.Count,
            "sum" => MetricKind.Sum,
            "days" => MetricKind.Days,
            "sessions" => MetricKind.Sessions,
            _ => (MetricKind)byte.MaxValue,
        };
        if (!Enum.IsDefined(kind))
        {
            _faults.Add(new FlagFault($"{pointer}/kind", "conversion, count, sum, days or sessions."));
        }

        var property = Text(owner, "property", pointer);
        if (property is not null && kind != MetricKind.Sum)
        {
            _faults.Add(new FlagFault($"{pointer}/property", "Only a sum has a property."));
        }

        return new EventValue(Text(owner, "event", pointer) ?? Missing($"{pointer}/event", "The name of an event."), kind, property);
    }

    private long? Days(JsonElement owner, string name, string pointer, double least) =>
        Number(owner, name, pointer, least, 730) is { } days ? (long)Math.Round(days * Day) : null;

    private double? Number(JsonElement owner, string name, string pointer, double least, double most)
    {
        if (!owner.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
        {
            return number;
        }

        _faults.Add(new FlagFault($"{pointer}/{name}", string.Create(CultureInfo.InvariantCulture, $"A number from {least} to {most}.")));
        return null;
    }

    private bool Flag(JsonElement owner, string name, string pointer)
    {
        if (owner.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            _faults.Add(new FlagFault($"{pointer}/{name}", "true or false."));
        }

        return value.ValueKind == JsonValueKind.True;
    }

    private string? Text(JsonElement owner, string name, string pointer)
    {
        if (!owner.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxName } text)
        {
            return text;
        }

        _faults.Add(new FlagFault($"{pointer}/{name}", $"A text of 1 to {MaxName} characters."));
        return "";
    }

    private string Missing(string pointer, string what)
    {
        _faults.Add(new FlagFault(pointer, what));
        return "";
    }

    /// <summary>A mistyped name would be a question that nobody asked.</summary>
    private void Only(JsonElement owner, string pointer, params ReadOnlySpan<string> names)
    {
        foreach (var property in owner.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                _faults.Add(new FlagFault($"{pointer}/{property.Name}", "There is no such property."));
            }
        }
    }
}
