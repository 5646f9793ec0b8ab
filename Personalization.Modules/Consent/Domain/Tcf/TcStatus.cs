namespace Personalization.Consent.Domain.Tcf;

/// <summary>Whether a TC string could be read, and what was wrong with it. Everything but <see cref="Read"/> grants nothing.</summary>
internal enum TcStatus : byte
{
    Read,
    Empty,

    /// <summary>More than <see cref="TcString.MaxLength"/> characters.</summary>
    TooLong,

    /// <summary>A character outside base64url.</summary>
    BadCharacter,
    EmptySegment,

    /// <summary>The first segment is no core of version 2: version 1, a later one, or a segment that belongs after a core.</summary>
    NotVersion2,
    SecondCore,
    DuplicateSegment,
    UnknownSegment,

    /// <summary>A field promises more bits than there are.</summary>
    Truncated,
    VendorZero,

    /// <summary>A range ends before it starts: what was meant cannot be known, and a lost restriction would be a permission.</summary>
    ReversedRange,

    /// <summary>A restriction of the undefined type 3, or of purpose 0.</summary>
    BadRestriction,

    /// <summary>A letter of the publisher's country beyond all letters. IAB's library refuses the same; those between Z and z it takes.</summary>
    BadCountry,
}
