namespace Personalization.Consent.Contracts;

/// <summary>Which part of a TC string answers.</summary>
public enum StringPath
{
    /// <summary>The purposes of the publisher's own segment.</summary>
    Publisher,

    /// <summary>Purposes that the shop defined in its banner, in the same segment.</summary>
    PublisherCustom,

    /// <summary>A vendor of the global list, with everything that belongs to it.</summary>
    Vendor,

    /// <summary>No TC string speaks of the purpose.</summary>
    None,
}
