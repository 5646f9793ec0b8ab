namespace Personalization.Consent.Domain.Gpp;

/// <summary>Whether a GPP string could be read, and what was wrong with it. Everything but <see cref="Read"/> grants nothing.</summary>
internal enum GppStatus : byte
{
    Read,
    Empty,

    /// <summary>More than <see cref="GppString.MaxLength"/> characters.</summary>
    TooLong,

    /// <summary>It does not begin with a header of type 3 and version 1, or the header's list of sections cannot be read.</summary>
    BadHeader,

    /// <summary>The header names more or fewer sections than there are.</summary>
    WrongSectionCount,
    EmptySection,
    BadCharacter,

    /// <summary>The TC string in section 2 was refused.</summary>
    BadTcString,

    /// <summary>A section that we know has too few bits, a version that we do not know, or sub-sections that do not belong there.</summary>
    BadSection,
}
