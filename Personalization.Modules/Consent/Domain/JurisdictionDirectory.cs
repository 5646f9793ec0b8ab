using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>
/// The configured jurisdictions. An event's own word for where it comes from decides, else its country, else what is known of the shopper,
/// else the default. Asked with UTF-8, without allocating; immutable.
/// </summary>
internal sealed class JurisdictionDirectory
{
    private static readonly KeyValuePair<Purposes, LawfulBasis> KeepEvents = KeyValuePair.Create(Purposes.Collect, LawfulBasis.LegitimateInterest);
    private readonly NameTable<Jurisdiction> _byName;
    private readonly NameTable<Jurisdiction> _byCountry;
    private readonly Dictionary<string, Jurisdiction> _all = new(StringComparer.OrdinalIgnoreCase);

    public JurisdictionDirectory(IOptions<ConsentOptions> options)
    {
        var settings = options.Value;
        List<KeyValuePair<Purposes, LawfulBasis>> everywhere = [KeepEvents, .. settings.DefaultGranted.Select(GrantedByDefault)];
        foreach (var (name, jurisdiction) in settings.Jurisdictions)
        {
            _all.Add(name, new Jurisdiction(name, everywhere.Concat(jurisdiction.Defaults)));
        }

        Default = settings.DefaultJurisdiction.Length > 0 && _all.TryGetValue(settings.DefaultJurisdiction, out var known)
            ? known
            : new Jurisdiction("", everywhere);
        _byName = new NameTable<Jurisdiction>(_all);
        _byCountry = new NameTable<Jurisdiction>(settings.Jurisdictions.SelectMany(
            pair => pair.Value.Countries, (pair, country) => KeyValuePair.Create(country, _all[pair.Key])));
    }

    /// <summary>Where nobody knows where the shopper is.</summary>
    public Jurisdiction Default { get; }

    /// <summary>Null when there is none of that name (any more).</summary>
    public Jurisdiction? Named(string name) => _all.GetValueOrDefault(name);

    public IEnumerable<string> Names => _all.Keys;

    /// <summary>Where the event says that it comes from; null when it says nothing that is configured.</summary>
    public Jurisdiction? Of(TrackedEvent trackedEvent)
    {
        ref readonly var details = ref trackedEvent.ConsentDetails;
        return Find(_byName, trackedEvent, details.Jurisdiction) ?? Find(_byCountry, trackedEvent, details.Country);
    }

    private static Jurisdiction? Find(NameTable<Jurisdiction> table, TrackedEvent trackedEvent, Utf8Slice name) =>
        !name.IsEmpty && table.TryGet(trackedEvent.Text(name), out var found) ? found : null;

    private static KeyValuePair<Purposes, LawfulBasis> GrantedByDefault(Purposes purposes) =>
        KeyValuePair.Create(purposes, LawfulBasis.LegitimateInterest);
}
