using System.Collections.Frozen;
using Personalization.Consent.Contracts;

namespace Personalization.Consent.Domain.Residency;

/// <summary>
/// Tags and rules. What is stored of a profile is what events said, a country and a source; which region that is, is asked of the configuration
/// each time, so that a change of it needs no replay.
/// </summary>
internal sealed class ResidencyPolicy : IResidency
{
    private readonly ResidencyStore _store;
    private readonly FrozenDictionary<ushort, (string Code, string Region)> _countries;
    private readonly FrozenDictionary<ushort, string> _sources;
    private readonly string _default;
    private readonly FrozenDictionary<string, FrozenSet<string>> _rules;
    private readonly FrozenSet<string>? _otherwise;

    /// <param name="store">What events said.</param>
    /// <param name="options">Regions and rules.</param>
    /// <param name="sourceId">The log's number of a source.</param>
    public ResidencyPolicy(ResidencyStore store, ResidencyOptions options, Func<string, ushort> sourceId)
    {
        _store = store;
        _default = options.DefaultRegion;
        _countries = EveryCode().ToFrozenDictionary(code => code.Value, code => (code.ToString(), RegionOf(code.ToString(), options)));
        _sources = options.Sources.ToFrozenDictionary(pair => sourceId(pair.Key), pair => pair.Value);
        Rules = [.. options.Rules.OrderBy(rule => rule.Key, StringComparer.Ordinal).Select(rule => new ResidencyRule(rule.Key, rule.Value))];
        _rules = options.Rules.ToFrozenDictionary(
            rule => rule.Key, rule => rule.Value.ToFrozenSet(StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);
        _otherwise = _rules.GetValueOrDefault(ResidencyOptions.Any);
    }

    public IReadOnlyList<ResidencyRule> Rules { get; }

    public ResidencyTag TagOf(int profileId)
    {
        var state = _store[profileId];
        if (!state.Country.IsNone && _countries.TryGetValue(state.Country.Value, out var country))
        {
            return new ResidencyTag(country.Code, country.Region, ResidencyOrigin.Country);
        }

        return _sources.Count > 0 && state.Word != 0 && _sources.TryGetValue(state.Source, out var region)
            ? new ResidencyTag("", region, ResidencyOrigin.Source)
            : new ResidencyTag("", _default, ResidencyOrigin.Default);
    }

    public ResidencyVerdict MayLeave(int profileId, string destination)
    {
        var region = TagOf(profileId).Region;
        if (_rules.Count == 0)
        {
            return new ResidencyVerdict(true, region, ResidencyReason.NoRules);
        }

        if ((_rules.GetValueOrDefault(destination) ?? _otherwise) is not { } regions)
        {
            return new ResidencyVerdict(false, region, ResidencyReason.DestinationUnknown);
        }

        if (regions.Contains(ResidencyOptions.Any) || (region != ResidencyOptions.Unknown && regions.Contains(region)))
        {
            return new ResidencyVerdict(true, region, ResidencyReason.RegionAllowed);
        }

        return new ResidencyVerdict(false, region, region == ResidencyOptions.Unknown ? ResidencyReason.RegionUnknown : ResidencyReason.RegionNotAllowed);
    }

    private static IEnumerable<CountryCode> EveryCode() =>
        from first in Enumerable.Range('A', 26)
        from second in Enumerable.Range('A', 26)
        select new CountryCode((ushort)((first << 8) | second));

    private static string RegionOf(string country, ResidencyOptions options)
    {
        foreach (var (region, countries) in options.Regions)
        {
            if (countries.Contains(country, StringComparer.OrdinalIgnoreCase))
            {
                return region;
            }
        }

        return !options.Regions.ContainsKey("eu") && Countries.EuropeanEconomicArea.Contains(country, StringComparer.Ordinal)
            ? "eu"
            : country.ToLowerInvariant();
    }
}
