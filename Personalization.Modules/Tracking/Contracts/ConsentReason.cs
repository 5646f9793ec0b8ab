namespace Personalization.Tracking.Contracts;

/// <summary>Where a verdict on consent comes from. In JSON as snake_case. Kept with an event while it is shown live, by number.</summary>
public enum ConsentReason : byte
{
    /// <summary>Nobody has said anything, and where the shopper is no default allows it.</summary>
    NotStated,

    /// <summary>The shopper has said nothing; the default of where they are decides.</summary>
    JurisdictionDefault,

    /// <summary>The shopper granted it.</summary>
    Granted,

    /// <summary>The shopper refused or withdrew it.</summary>
    Denied,

    /// <summary>The shopper granted it for a time that is over.</summary>
    Expired,

    /// <summary>The browser's Global Privacy Control is on.</summary>
    Gpc,

    /// <summary>The shopper's TCF string says so.</summary>
    TcString,

    /// <summary>The shopper's GPP string says so.</summary>
    GppString,

    /// <summary>The shopper chose not to be profiled, which wins over anything granted.</summary>
    NonProfiling,
}
