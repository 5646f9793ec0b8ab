using System.Text;
using Personalization.Decisioning.Domain.Experiments.Statistics;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Analysis;

/// <summary>
/// What people of an experiment did, one person after the other. A person counts from their first exposure on, in its arm; who was shown two arms
/// (two people who turned out to be one, a changed assignment) is counted apart and in neither. One thread; tallies of several add up.
/// </summary>
internal sealed class ExperimentTally
{
    private const string ExposureEvent = "Experiment Viewed";
    private const long DayMs = 86_400_000;

    /// <summary>Numbers of names: none came yet, and whichever.</summary>
    private const int NoEvent = -2;
    private const int AnyEvent = -1;

    /// <summary>Bytes of a text property that are kept.</summary>
    private const int MaxTextBytes = 128;
    private readonly ExperimentQuestion _question;
    private readonly byte[] _key;
    private readonly (int Exposure, int Experiment, int Variation) _names;
    private readonly (int Event, int Property, int OtherEvent, int OtherProperty)[] _metrics;
    private readonly Dictionary<string, ArmMoments[]> _arms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ArmMoments[]>.AlternateLookup<ReadOnlySpan<char>> _armsByText;

    public ExperimentTally(ExperimentQuestion question, IPastEvents past)
    {
        _question = question;
        _key = Encoding.UTF8.GetBytes(question.Key);
        _armsByText = _arms.GetAlternateLookup<ReadOnlySpan<char>>();
        _names = (past.FindEvent(ExposureEvent), past.FindProperty("experiment_id"), past.FindProperty("variation_id"));
        _metrics = [.. question.Metrics.Select(metric => (
            NumberOf(metric.Numerator.Event, past),
            metric.Numerator.Property is { } property ? past.FindProperty(property) : -1,
            metric.Denominator is null ? NoEvent : NumberOf(metric.Denominator.Event, past),
            metric.Denominator?.Property is { } other ? past.FindProperty(other) : -1))];
    }

    /// <summary>Moments of each metric by variation.</summary>
    public IReadOnlyDictionary<string, ArmMoments[]> Arms => _arms;

    /// <summary>People who were shown more than one variation.</summary>
    public long Mixed { get; private set; }

    /// <summary>People whose events of the time before or after are not all kept.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Takes in one person; one who was never exposed does not count.</summary>
    public void Add(IPastEventsOf person)
    {
        var exposure = FirstExposure(person, out var isMixed);
        if (exposure < 0)
        {
            return;
        }

        if (isMixed)
        {
            Mixed++;
            return;
        }

        var shownAtMs = person.Events[exposure].TimeMs;
        if (shownAtMs > _question.UntilMs)
        {
            return;
        }

        var arm = ArmOf(person.TextOf(exposure, _names.Variation));
        var isIncomplete = false;
        for (var i = 0; i < _metrics.Length; i++)
        {
            var (metric, names) = (_question.Metrics[i], _metrics[i]);
            var from = shownAtMs + metric.DelayMs;
            var numerator = Measure(person, metric.Numerator, names.Event, names.Property, from, from + metric.WindowMs);
            var denominator = metric.Denominator is { } other ? Measure(person, other, names.OtherEvent, names.OtherProperty, from, from + metric.WindowMs) : 1;
            var covariate = metric.CovariateMs > 0 ? Measure(person, metric.Numerator, names.Event, names.Property, shownAtMs - metric.CovariateMs, shownAtMs) : 0;
            isIncomplete |= person.IncompleteUntilMs >= shownAtMs - metric.CovariateMs;
            arm[i].Add(Capped(numerator, metric), denominator, Capped(covariate, metric));
        }

        Incomplete += isIncomplete ? 1 : 0;
    }

    /// <summary>Takes over the people of another tally of the same question.</summary>
    public void Add(ExperimentTally other)
    {
        Mixed += other.Mixed;
        Incomplete += other.Incomplete;
        foreach (var (variation, moments) in other._arms)
        {
            var own = ArmOf(variation);
            for (var i = 0; i < own.Length; i++)
            {
                own[i].Add(moments[i]);
            }
        }
    }

    private static int NumberOf(string name, IPastEvents past) =>
        name == "*" ? AnyEvent : past.FindEvent(name) is >= 0 and var number ? number : NoEvent;

    private static double Capped(double value, MetricDefinition metric) => metric.Cap is { } cap ? Math.Min(value, cap) : value;

    /// <summary>Index of the first exposure; -1 when there is none.</summary>
    private int FirstExposure(IPastEventsOf person, out bool isMixed)
    {
        isMixed = false;
        var first = -1;
        for (var i = 0; i < person.Events.Length && _names.Exposure >= 0; i++)
        {
            if (person.Events[i].Event != _names.Exposure || person.Events[i].TimeMs < _question.SinceMs || !person.TextOf(i, _names.Experiment).SequenceEqual(_key))
            {
                continue;
            }

            first = first < 0 ? i : first;
            isMixed |= !person.TextOf(i, _names.Variation).SequenceEqual(person.TextOf(first, _names.Variation));
        }

        return first;
    }

    /// <summary>Over events after <paramref name="fromMs"/>, up to and with <paramref name="untilMs"/>.</summary>
    private double Measure(IPastEventsOf person, EventValue value, int name, int property, long fromMs, long untilMs)
    {
        var (sum, last) = (0.0, long.MinValue);
        for (var i = 0; i < person.Events.Length && name >= AnyEvent; i++)
        {
            ref readonly var past = ref person.Events[i];
            var isMeant = name == AnyEvent ? past.Event != _names.Exposure : past.Event == name;
            if (!isMeant || past.TimeMs <= fromMs || past.TimeMs > untilMs)
            {
                continue;
            }

            switch (value.Kind)
            {
                case MetricKind.Conversion:
                    return 1;
                case MetricKind.Count:
                    sum++;
                    break;
                case MetricKind.Days or MetricKind.Sessions:
                    // Events stand in order of time, and sessions follow each other.
                    var period = value.Kind == MetricKind.Days ? past.TimeMs / DayMs : past.Session;
                    sum += period == last ? 0 : 1;
                    last = period;
                    break;
                default:
                    var amount = value.Property is null ? past.Revenue : person.NumberOf(i, property);
                    sum += double.IsFinite(amount) ? amount : 0;
                    break;
            }
        }

        return sum;
    }

    private ArmMoments[] ArmOf(ReadOnlySpan<byte> variation)
    {
        Span<char> text = stackalloc char[MaxTextBytes];
        return ArmOf(text[..Encoding.UTF8.GetChars(variation, text)]);
    }

    private ArmMoments[] ArmOf(ReadOnlySpan<char> variation)
    {
        if (!_armsByText.TryGetValue(variation, out var arm))
        {
            _arms[variation.ToString()] = arm = new ArmMoments[_metrics.Length];
        }

        return arm;
    }
}
