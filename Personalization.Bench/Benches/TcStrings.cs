using System.Text;

namespace Personalization.Bench.Benches;

/// <summary>Writes TC strings of a given shape: what a shop's banner sends, and what an attacker would.</summary>
internal static class TcStrings
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// <summary>Last changed on 2026-11-19; whoever asks about them says a later time.</summary>
    public const long UpdatedMs = 1_795_046_400_000;

    /// <summary>
    /// All purposes granted, vendors 1 to 900 as a bit field with every third one left out, 50 with legitimate interest as ranges, two
    /// restrictions, disclosed vendors, the publisher's purposes: about 450 characters, as large shops send.
    /// </summary>
    public static byte[] Usual()
    {
        var vendors = string.Concat(Enumerable.Range(1, 900).Select(vendor => vendor % 3 == 0 ? '0' : '1'));
        var interests = string.Concat(Enumerable.Range(1, 50).Select(i => "0" + Bits(i * 7, 16)));
        var core = Fixed() + Bits(900, 16) + "0" + vendors + Bits(350, 16) + "1" + Bits(50, 12) + interests +
            Bits(2, 12) + Restriction(2, 1, (5, 40)) + Restriction(7, 0, (200, 210));
        var disclosed = Bits(1, 3) + Bits(900, 16) + "1" + Bits(1, 12) + Range(1, 900);
        return Join(core, disclosed, Publisher());
    }

    /// <summary>As many ranges over everything as fit below the limit of length.</summary>
    public static byte[] RangeBomb(int ranges) => Join(
        Fixed() + Bits(65_535, 16) + "1" + Bits(ranges, 12) + string.Concat(Enumerable.Repeat(Range(1, 65_535), ranges)) + Bits(0, 16) + "0" + Bits(0, 12),
        Bits(1, 3) + Bits(65_535, 16) + "1" + Bits(1, 12) + Range(1, 65_535),
        Publisher());

    /// <summary>Restrictions of one purpose over everything, which each question has to walk through.</summary>
    public static byte[] RestrictionBomb(int restrictions) => Join(
        Fixed() + Bits(9, 16) + "0" + "111111111" + Bits(0, 16) + "0" + Bits(restrictions, 12) +
            string.Concat(Enumerable.Repeat(Restriction(5, 2, (1, 65_535)), restrictions)),
        Bits(1, 3) + Bits(65_535, 16) + "1" + Bits(1, 12) + Range(1, 65_535),
        Publisher());

    private static string Fixed() =>
        Bits(2, 6) + Bits(UpdatedMs / 100, 36) + Bits(UpdatedMs / 100, 36) + Bits(31, 12) + Bits(1, 12) + Bits(1, 6) + Bits(4, 6) + Bits(13, 6) +
        Bits(150, 12) + Bits(5, 6) + "10" + new string('0', 12) + "111111111110000000000000" + "010000111110000000000000" + "0" + Bits(3, 6) + Bits(4, 6);

    private static string Publisher() => Bits(3, 3) + "111111111110000000000000" + new string('0', 24) + Bits(0, 6);

    private static string Restriction(int purpose, int type, (int Start, int End) range) =>
        Bits(purpose, 6) + Bits(type, 2) + Bits(1, 12) + Range(range.Start, range.End);

    private static string Range(int start, int end) => "1" + Bits(start, 16) + Bits(end, 16);

    private static string Bits(long value, int count) => Convert.ToString(value, 2).PadLeft(count, '0');

    private static byte[] Join(params string[] segments) => Encoding.ASCII.GetBytes(string.Join('.', segments.Select(Encode)));

    private static string Encode(string bits) => string.Concat(
        bits.PadRight((bits.Length + 5) / 6 * 6, '0').Chunk(6).Select(six => Alphabet[Convert.ToInt32(new string(six), 2)]));
}
