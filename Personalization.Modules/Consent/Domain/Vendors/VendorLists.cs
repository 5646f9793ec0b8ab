namespace Personalization.Consent.Domain.Vendors;

/// <summary>The vendor list that counts now. Replaced whole; read on any thread.</summary>
internal sealed class VendorLists
{
    private volatile VendorList? _current;

    /// <summary>Null until one was loaded, which denies whatever is asked for a vendor.</summary>
    public VendorList? Current
    {
        get => _current;
        set => _current = value;
    }
}
