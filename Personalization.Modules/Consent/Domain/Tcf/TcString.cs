namespace Personalization.Consent.Domain.Tcf;

/// <summary>
/// A TC string of IAB Europe's TCF version 2, read in place: fields are looked up in the text when they are asked for, nothing is
/// allocated. All of it has been checked before there is one, so no look-up can fail. Source of the layout: "Consent string and
/// vendor list formats v2", InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework.
/// </summary>
internal readonly ref partial struct TcString
{
    /// <summary>
    /// Characters; a longer string is refused before it is looked at. Real ones with all vendors as a bit field or 4,095 ranges have
    /// 11 to 12 thousand.
    /// </summary>
    public const int MaxLength = 16 * 1024;

    private readonly SixBits _core;
    private readonly SixBits _publisher;

    /// <summary>Unix ms, in steps of 100; since 2021 the day alone, and equal to <see cref="LastUpdatedMs"/>.</summary>
    public long CreatedMs => _core.Read(6, 36) * 100;

    public long LastUpdatedMs => _core.Read(42, 36) * 100;

    public int CmpId => (int)_core.Read(78, 12);

    public int CmpVersion => (int)_core.Read(90, 12);

    public int ConsentScreen => (int)_core.Read(102, 6);

    public LetterPair ConsentLanguage => new((int)_core.Read(108, 12));

    public int VendorListVersion => (int)_core.Read(120, 12);

    public int PolicyVersion => (int)_core.Read(132, 6);

    public bool IsServiceSpecific => _core.IsSet(138);

    public bool UsesNonStandardTexts => _core.IsSet(139);

    /// <summary>Special features that the person opted in to.</summary>
    public PurposeSet SpecialFeatureOptIns => PurposeSet.FromBits(_core.Read(140, 12), 12);

    public PurposeSet PurposeConsents => PurposeSet.FromBits(_core.Read(152, 24), 24);

    /// <summary>As they stand; bits for purposes 1 and 3 to 6 occur in the wild and count for nothing.</summary>
    public PurposeSet PurposeLegitimateInterests => PurposeSet.FromBits(_core.Read(176, 24), 24);

    /// <summary>Whether the bit of one purpose, 1 to 24, is set: the short way to <see cref="PurposeConsents"/>.</summary>
    public bool ConsentsTo(int purpose) => purpose is >= 1 and <= 24 && _core.IsSet(151 + purpose);

    public bool HasLegitimateInterestFor(int purpose) => purpose is >= 1 and <= 24 && _core.IsSet(175 + purpose);

    /// <summary>Whether the person opted in to a special feature, 1 to 12.</summary>
    public bool OptsInTo(int specialFeature) => specialFeature is >= 1 and <= 12 && _core.IsSet(139 + specialFeature);

    /// <summary>Purpose 1 was not disclosed to the person, because the publisher's country does not ask for it.</summary>
    public bool PurposeOneWasNotDisclosed => _core.IsSet(200);

    public LetterPair PublisherCountry => new((int)_core.Read(201, 12));

    public VendorSet VendorConsents { get; }

    public VendorSet VendorLegitimateInterests { get; }

    public PublisherRestrictions Restrictions { get; }

    /// <summary>Whether the segment is there; since TCF 2.3 it must be.</summary>
    public bool HasDisclosedVendors { get; }

    public VendorSet DisclosedVendors { get; }

    /// <summary>The deprecated segment of type 2; read and used for nothing.</summary>
    public bool HasAllowedVendors { get; }

    public VendorSet AllowedVendors { get; }

    public bool HasPublisherPurposes { get; }

    /// <summary>Purposes that the publisher itself may use; empty without the segment.</summary>
    public PurposeSet PublisherConsents => HasPublisherPurposes ? PurposeSet.FromBits(_publisher.Read(3, 24), 24) : default;

    public PurposeSet PublisherLegitimateInterests => HasPublisherPurposes ? PurposeSet.FromBits(_publisher.Read(27, 24), 24) : default;

    /// <summary>Whether one purpose, 1 to 24, is among <see cref="PublisherConsents"/>.</summary>
    public bool PublisherHasConsentFor(int purpose) => HasPublisherPurposes && purpose is >= 1 and <= 24 && _publisher.IsSet(2 + purpose);

    public bool PublisherHasLegitimateInterestFor(int purpose) => HasPublisherPurposes && purpose is >= 1 and <= 24 && _publisher.IsSet(26 + purpose);

    /// <summary>0 to 63.</summary>
    public int CustomPurposeCount { get; }

    public PurposeSet CustomPurposeConsents =>
        CustomPurposeCount == 0 ? default : CustomPurposes(57);

    public PurposeSet CustomPurposeLegitimateInterests =>
        CustomPurposeCount == 0 ? default : CustomPurposes(57 + CustomPurposeCount);

    private PurposeSet CustomPurposes(int at)
    {
        // Up to 63 bits, and a read takes 58.
        var first = Math.Min(CustomPurposeCount, 32);
        var set = PurposeSet.FromBits(_publisher.Read(at, first), first);
        return CustomPurposeCount == first
            ? set
            : set.With(PurposeSet.FromBits(_publisher.Read(at + first, CustomPurposeCount - first), CustomPurposeCount - first), first);
    }
}

/// <summary>A small set of numbers from 1: purposes, special features, custom purposes.</summary>
/// <param name="Word">Number n is bit n.</param>
internal readonly record struct PurposeSet(ulong Word)
{
    public bool Contains(int number) => number is >= 1 and <= 63 && ((Word >> number) & 1) != 0;

    /// <summary>From a bit field whose leftmost bit is number 1.</summary>
    public static PurposeSet FromBits(long bits, int count)
    {
        var word = 0UL;
        for (var number = 1; number <= count; number++)
        {
            word |= (ulong)((bits >> (count - number)) & 1) << number;
        }

        return new PurposeSet(word);
    }

    /// <summary>Both, with the numbers of the other one counted on from <paramref name="offset"/>.</summary>
    public PurposeSet With(PurposeSet other, int offset) => new(Word | (other.Word << offset));

    public IEnumerable<int> Numbers()
    {
        for (var number = 1; number <= 63; number++)
        {
            if (Contains(number))
            {
                yield return number;
            }
        }
    }
}

/// <summary>Two letters of six bits each, A being 0: a language or a country.</summary>
/// <param name="Value">12 bits. Values beyond Z occur in hostile strings.</param>
internal readonly record struct LetterPair(int Value)
{
    public int First => Value >> 6;

    public int Second => Value & 63;

    /// <summary>Whether it is this pair of capital letters.</summary>
    public bool Is(string letters) => letters.Length == 2 && letters[0] == 'A' + First && letters[1] == 'A' + Second;

    /// <summary>What is no letter becomes a question mark: it could be a control character in somebody's terminal.</summary>
    public override string ToString() => $"{Letter(First)}{Letter(Second)}";

    private static char Letter(int value) => value < 26 ? (char)('A' + value) : '?';
}
