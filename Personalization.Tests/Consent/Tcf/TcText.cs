using System.Text;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>
/// Writes TC strings for tests, by the layout and not by our reader: also such as no consent banner would write. Everything has a
/// default that counts, so that a test says what it is about and nothing else.
/// </summary>
internal sealed class TcText
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    public int Version { get; init; } = 2;

    /// <summary>Unix ms; created and changed alike. The default is 2026-11-19.</summary>
    public long UpdatedMs { get; init; } = 1_795_046_400_000;

    public int PolicyVersion { get; init; } = 5;

    public bool IsServiceSpecific { get; init; } = true;

    public bool PurposeOneWasNotDisclosed { get; init; }

    public string PublisherCountry { get; init; } = "DE";

    public int[] SpecialFeatures { get; init; } = [];

    public int[] PurposeConsents { get; init; } = [];

    public int[] PurposeInterests { get; init; } = [];

    public int[] VendorConsents { get; init; } = [];

    public int[] VendorInterests { get; init; } = [];

    /// <summary>Ranges in place of <see cref="VendorConsents"/>, written as they are.</summary>
    public (int Start, int End)[]? VendorRanges { get; init; }

    public (int Purpose, int Type, (int Start, int End)[] Vendors)[] Restrictions { get; init; } = [];

    /// <summary>Null leaves the segment out.</summary>
    public (int Start, int End)[]? Disclosed { get; init; } = [(1, 100)];

    /// <summary>Null leaves the publisher's segment out.</summary>
    public int[]? PublisherConsents { get; init; } = [];

    public int[] PublisherInterests { get; init; } = [];

    public int CustomCount { get; init; }

    public int[] CustomConsents { get; init; } = [];

    public override string ToString()
    {
        var text = new StringBuilder(Core());
        if (Disclosed is { } disclosed)
        {
            text.Append('.').Append(Encode(Bits(1, 3) + Bits(100, 16) + "1" + Ranges(disclosed)));
        }

        if (PublisherConsents is { } consents)
        {
            text.Append('.').Append(Encode(
                Bits(3, 3) + Set(consents, 24) + Set(PublisherInterests, 24) + Bits(CustomCount, 6) + Set(CustomConsents, CustomCount) + Set([], CustomCount)));
        }

        return text.ToString();
    }

    /// <summary>Bits as base64url, padded with zeros to whole characters.</summary>
    public static string Encode(string bits)
    {
        var padded = bits.PadRight((bits.Length + 5) / 6 * 6, '0');
        return string.Concat(padded.Chunk(6).Select(six => Alphabet[Convert.ToInt32(new string(six), 2)]));
    }

    public static string Bits(long value, int count) => Convert.ToString(value, 2).PadLeft(count, '0');

    private string Core()
    {
        var bits = new StringBuilder();
        bits.Append(Bits(Version, 6)).Append(Bits(UpdatedMs / 100, 36)).Append(Bits(UpdatedMs / 100, 36));
        bits.Append(Bits(31, 12)).Append(Bits(1, 12)).Append(Bits(1, 6)).Append(Letters("EN")).Append(Bits(150, 12));
        bits.Append(Bits(PolicyVersion, 6)).Append(IsServiceSpecific ? '1' : '0').Append('0');
        bits.Append(Set(SpecialFeatures, 12)).Append(Set(PurposeConsents, 24)).Append(Set(PurposeInterests, 24));
        bits.Append(PurposeOneWasNotDisclosed ? '1' : '0').Append(Letters(PublisherCountry));
        bits.Append(VendorRanges is { } ranges ? Bits(65_535, 16) + "1" + Ranges(ranges) : Field(VendorConsents));
        bits.Append(Field(VendorInterests)).Append(Bits(Restrictions.Length, 12));
        foreach (var (purpose, type, vendors) in Restrictions)
        {
            bits.Append(Bits(purpose, 6)).Append(Bits(type, 2)).Append(Ranges(vendors));
        }

        return Encode(bits.ToString());
    }

    private static string Field(int[] vendors) => Bits(vendors.DefaultIfEmpty().Max(), 16) + "0" + Set(vendors, vendors.DefaultIfEmpty().Max());

    private static string Ranges((int Start, int End)[] ranges) => Bits(ranges.Length, 12) + string.Concat(ranges.Select(range =>
        range.Start == range.End ? "0" + Bits(range.Start, 16) : "1" + Bits(range.Start, 16) + Bits(range.End, 16)));

    private static string Set(int[] numbers, int count) => string.Concat(Enumerable.Range(1, count).Select(number => numbers.Contains(number) ? '1' : '0'));

    private static string Letters(string pair) => Bits(pair[0] - 'A', 6) + Bits(pair[1] - 'A', 6);
}
