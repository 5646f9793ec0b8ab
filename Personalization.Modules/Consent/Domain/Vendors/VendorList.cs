namespace Personalization.Consent.Domain.Vendors;

/// <summary>
/// IAB Europe's global vendor list, specification 3: who may be asked for, and what each declared. Immutable; looked up by number
/// without allocating. Vendors that left the list stay in it with the date, so a deleted one is told from an unknown one.
/// </summary>
internal sealed class VendorList
{
    /// <summary>The largest number that a TC string can name.</summary>
    public const int MaxVendorId = 65_535;

    private readonly Vendor[] _vendors;
    private readonly ushort[] _places;

    /// <param name="version">Version of the list, counted up weekly.</param>
    /// <param name="policyVersion">Version of the TCF policies it was made for.</param>
    /// <param name="lastUpdatedMs">When it was published, Unix ms.</param>
    /// <param name="vendors">Each number once, 1 to <see cref="MaxVendorId"/>.</param>
    public VendorList(int version, int policyVersion, long lastUpdatedMs, IReadOnlyCollection<Vendor> vendors)
    {
        Version = version;
        PolicyVersion = policyVersion;
        LastUpdatedMs = lastUpdatedMs;
        _vendors = [default, .. vendors];
        _places = new ushort[_vendors.Max(vendor => vendor.Id) + 1];
        for (var place = 1; place < _vendors.Length; place++)
        {
            _places[_vendors[place].Id] = (ushort)place;
        }
    }

    public int Version { get; }

    public int PolicyVersion { get; }

    public long LastUpdatedMs { get; }

    public int Count => _vendors.Length - 1;

    public bool TryGet(int vendorId, out Vendor vendor)
    {
        var place = (uint)vendorId < (uint)_places.Length ? _places[vendorId] : 0;
        vendor = _vendors[place];
        return place != 0;
    }
}
