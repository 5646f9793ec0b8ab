namespace Personalization.Consent.Contracts;

/// <summary>Where a person's data belongs, and where it may go. Reads memory only; safe on any thread, allocates nothing.</summary>
public interface IResidency
{
    /// <param name="profileId">A canonical profile number.</param>
    ResidencyTag TagOf(int profileId);

    /// <summary>For deliveries, which ask at the moment of sending, for each one. There are none in this product: its embedder's ask.</summary>
    /// <param name="profileId">A canonical profile number, or -1 for an unknown shopper.</param>
    /// <param name="destination">Name of the destination, as configured.</param>
    ResidencyVerdict MayLeave(int profileId, string destination);

    /// <summary>The configured rules, for records.</summary>
    IReadOnlyList<ResidencyRule> Rules { get; }
}

/// <summary>Where a profile belongs.</summary>
/// <param name="Country">ISO 3166-1 alpha-2, upper case; empty when no event said it.</param>
/// <param name="Region">As configured: <c>eu</c> unless something else is, a country's own code in small letters, or the default.</param>
/// <param name="Origin">Where that comes from.</param>
public readonly record struct ResidencyTag(string Country, string Region, ResidencyOrigin Origin);

/// <summary>Where a tag comes from.</summary>
public enum ResidencyOrigin : byte
{
    /// <summary>Nothing is known; the configured default, which is <c>unknown</c> unless something else is.</summary>
    Default,

    /// <summary>The source that the events came from has a region.</summary>
    Source,

    /// <summary><c>context.location.country</c> of the newest event that has one.</summary>
    Country,
}

/// <summary>May it leave, and why.</summary>
public readonly record struct ResidencyVerdict(bool IsAllowed, string Region, ResidencyReason Reason);

/// <summary>Why data may go to a destination, or not.</summary>
public enum ResidencyReason : byte
{
    /// <summary>Nobody has configured any rule.</summary>
    NoRules,
    RegionAllowed,
    RegionNotAllowed,

    /// <summary>Nobody knows where the person belongs, and the destination does not take everybody.</summary>
    RegionUnknown,

    /// <summary>There are rules, and none speaks of this destination.</summary>
    DestinationUnknown,
}

/// <summary>Which regions' data a destination may have.</summary>
/// <param name="Destination">Name; <c>*</c> for all that have no rule of their own.</param>
/// <param name="Regions">Regions; <c>*</c> for all, unknown ones too.</param>
public sealed record ResidencyRule(string Destination, IReadOnlyList<string> Regions);
