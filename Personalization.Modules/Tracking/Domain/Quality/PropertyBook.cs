using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Looks into sampled payloads: the numbers at their top and in their first product. Reports numbers far outside, properties that
/// vanish and properties that change their type. Bounded in properties; memory only, learned anew within some dozen events. One thread.
/// </summary>
internal sealed class PropertyBook(FlagBook flags, double deviations, int maxProperties)
{
    private const int MaxPerSeries = 24;
    private const int MaxNameBytes = 64;

    /// <summary>So far outside, a single number is flagged: with robust deviations, a digit too many or an amount in cents.</summary>
    private const double ExtremeFactor = 3;
    private readonly Dictionary<int, Dictionary<string, PropertyProfile>> _series = [];
    private readonly HashSet<string> _seen = [];
    private int _properties;

    /// <summary>Properties that are not watched because there are too many.</summary>
    public long Refused { get; private set; }

    /// <summary>Takes one payload in, a JSON object.</summary>
    public void Look(int series, Series about, string source, ReadOnlySpan<byte> payload, long nowMs)
    {
        if (!_series.TryGetValue(series, out var profiles))
        {
            _series[series] = profiles = new Dictionary<string, PropertyProfile>(StringComparer.Ordinal);
        }

        _seen.Clear();
        var context = new Context(series, about, source, nowMs, profiles);
        var json = new Utf8JsonReader(payload);
        json.Read();
        ReadObject(ref json, context, "");
        foreach (var (name, profile) in profiles)
        {
            profile.AddPresence(_seen.Contains(name));
            Judge(context, name, profile);
        }
    }

    private void ReadObject(ref Utf8JsonReader json, Context context, string prefix)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isNameable = json.ValueSpan.Length <= MaxNameBytes && !json.ValueIsEscaped;
            var name = isNameable ? prefix + Encoding.UTF8.GetString(json.ValueSpan) : null;
            json.Read();
            if (name == "products" && json.TokenType == JsonTokenType.StartArray)
            {
                ReadFirstProduct(ref json, context);
            }
            else if (name is not null)
            {
                Take(ref json, context, name);
            }

            json.Skip();
        }
    }

    /// <summary>The lines of an order are of one kind: the first stands for all.</summary>
    private void ReadFirstProduct(ref Utf8JsonReader json, Context context)
    {
        if (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            ReadObject(ref json, context, "products.");
        }

        while (json.TokenType != JsonTokenType.EndArray && json.Read())
        {
            if (json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                json.Skip();
            }
        }
    }

    /// <summary>A property is watched once it held a number; a number that is written as text is one, as it is everywhere else.</summary>
    private void Take(ref Utf8JsonReader json, Context context, string name)
    {
        var number = Number(ref json);
        if (!context.Profiles.TryGetValue(name, out var profile))
        {
            if (number is null || context.Profiles.Count >= MaxPerSeries || _properties >= maxProperties)
            {
                Refused += number is null ? 0 : 1;
                return;
            }

            _properties++;
            context.Profiles[name] = profile = new PropertyProfile();
        }

        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        _seen.Add(name);
        profile.AddType(number is not null);
        if (number is { } value)
        {
            JudgeNumber(context, name, profile, value);
        }
    }

    private static double? Number(ref Utf8JsonReader json)
    {
        if (json.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || json.ValueIsEscaped)
        {
            return null;
        }

        return Kernel.Json.Utf8Number.TryParse(json.ValueSpan, out var value) ||
            (double.TryParse(json.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value)) ? value : null;
    }

    private void JudgeNumber(in Context context, string name, PropertyProfile profile, double value)
    {
        var median = profile.Spread.Median;
        var far = profile.AddNumber(value, deviations);
        var key = new FlagKey(QualityFlagKind.ValueOutlier, context.About.SourceId, context.Id, name);
        if (far > deviations && ((double.IsFinite(far) && far > deviations * ExtremeFactor) || profile.Outliers.Hits >= 3))
        {
            var distance = double.IsFinite(far) ? string.Create(CultureInfo.InvariantCulture, $"{far:0} robust deviations from") : "not above 0, unlike";
            var detail = string.Create(
                CultureInfo.InvariantCulture,
                $"{value:G6} is {distance} the median of {median:G6}; {profile.Outliers.Hits} of the last {RecentShare.Kept} values looked at are as far.");
            var severity = profile.Outliers.Hits >= 3 ? QualitySeverity.Critical : QualitySeverity.Warning;
            flags.Report(key, context.Finding(severity, median, value, detail, isBeyondDoubt: true), context.NowMs);
        }
        else if (profile.Outliers.Hits == 0)
        {
            flags.Relax(key, context.NowMs);
        }
    }

    private void Judge(in Context context, string name, PropertyProfile profile)
    {
        Judge(context, QualityFlagKind.PropertyMissing, name, profile.IsMissing, profile.Present, $"'{name}' was in nearly every event; now {profile.Present:P0} of them have it.");
        Judge(context, QualityFlagKind.PropertyTypeChanged, name, profile.HasOtherType, profile.Numeric, $"'{name}' was a number; now {profile.Numeric:P0} of its values are.");
    }

    private void Judge(in Context context, QualityFlagKind kind, string name, bool isUnusual, double share, string detail)
    {
        var key = new FlagKey(kind, context.About.SourceId, context.Id, name);
        if (isUnusual)
        {
            flags.Report(key, context.Finding(QualitySeverity.Critical, 1, share, detail, isBeyondDoubt: true), context.NowMs);
        }
        else
        {
            flags.Relax(key, context.NowMs);
        }
    }

    private readonly record struct Context(int Id, Series About, string Source, long NowMs, Dictionary<string, PropertyProfile> Profiles)
    {
        public Finding Finding(QualitySeverity severity, double expected, double observed, string detail, bool isBeyondDoubt) =>
            new(severity, Source, About.Name, expected, observed, detail, isBeyondDoubt);
    }
}
