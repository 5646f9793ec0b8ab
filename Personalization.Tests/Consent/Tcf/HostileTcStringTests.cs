using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain.Tcf;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>Strings that nobody writes by accident: refused or read, never thrown at, never slow, never grown.</summary>
public class HostileTcStringTests
{
    [TestCase("", TcStatus.Empty)]
    [TestCase(".", TcStatus.EmptySegment)]
    [TestCase("C", TcStatus.Truncated)]
    [TestCase("B", TcStatus.NotVersion2)]
    [TestCase("I", TcStatus.NotVersion2)]
    [TestCase(" ", TcStatus.BadCharacter)]
    [TestCase("C+/", TcStatus.BadCharacter)]
    public void What_is_no_string_at_all_is_refused(string text, object expected) => Assert.That(Read(text), Is.EqualTo((TcStatus)expected));

    [TestCase(".", TcStatus.EmptySegment)]
    [TestCase("..", TcStatus.EmptySegment)]
    [TestCase("\n", TcStatus.BadCharacter)]
    [TestCase("=", TcStatus.BadCharacter)]
    [TestCase("%2E", TcStatus.BadCharacter)]
    [TestCase("\0", TcStatus.BadCharacter)]
    [TestCase("é", TcStatus.BadCharacter)]
    [TestCase(".CAAA", TcStatus.SecondCore)]
    [TestCase(".IAAA", TcStatus.DuplicateSegment)]
    [TestCase(".YAAAAAAAAAA", TcStatus.DuplicateSegment)]
    [TestCase(".QAAA", TcStatus.Read, TestName = "The deprecated segment of allowed vendors is read")]
    [TestCase(".QAAA.QAAA", TcStatus.DuplicateSegment)]
    [TestCase(".gAAA", TcStatus.UnknownSegment)]
    [TestCase(".Q", TcStatus.Truncated)]
    public void A_good_string_with_something_behind_it(string more, object expected) =>
        Assert.That(Read(new TcText() + more), Is.EqualTo((TcStatus)expected));

    [Test]
    public void Bits_behind_the_last_field_are_padding_whatever_they_are()
    {
        Assert.That(Read(new TcText { Disclosed = null, PublisherConsents = null } + "____"), Is.EqualTo(TcStatus.Read));
    }

    [Test]
    public void The_limit_of_length_is_exact()
    {
        var core = new TcText { Disclosed = null, PublisherConsents = null }.ToString();

        Assert.That(Read(core.PadRight(TcString.MaxLength, 'A')), Is.EqualTo(TcStatus.Read));
        Assert.That(Read(core.PadRight(TcString.MaxLength + 1, 'A')), Is.EqualTo(TcStatus.TooLong));
    }

    [Test]
    public void A_restriction_that_cannot_be_understood_refuses_everything() => Assert.Multiple(() =>
    {
        Assert.That(Read(With(2, 0, (9, 3))), Is.EqualTo(TcStatus.ReversedRange));
        Assert.That(Read(With(2, 0, (0, 3))), Is.EqualTo(TcStatus.VendorZero));
        Assert.That(Read(With(2, 3, (1, 3))), Is.EqualTo(TcStatus.BadRestriction));
        Assert.That(Read(With(0, 1, (1, 3))), Is.EqualTo(TcStatus.BadRestriction));
        Assert.That(Read(With(2, 1)), Is.EqualTo(TcStatus.Read), "a record without vendors is legal");
    });

    [TestCase("DE", TcStatus.Read)]
    [TestCase("de", TcStatus.Read, TestName = "Small letters are taken, and shown as none")]
    [TestCase("D{", TcStatus.BadCountry)]
    [TestCase("\u0080D", TcStatus.BadCountry)]
    public void A_country_is_made_of_letters(string country, object expected) =>
        Assert.That(Read(new TcText { PublisherCountry = country }.ToString()), Is.EqualTo((TcStatus)expected));

    [Test]
    public void The_strictest_of_several_restrictions_counts()
    {
        var text = new TcText { Restrictions = [(2, 2, [(5, 9)]), (2, 1, [(7, 7)]), (3, 0, [(1, 100)]), (2, 0, [(8, 8)]), (2, 2, [(20, 20)])] };
        TcString.Read(Encoding.ASCII.GetBytes(text.ToString()), out var tc);

        Assert.That(tc.Restrictions.Of(2, 5), Is.EqualTo(RestrictionType.RequireLegitimateInterest));
        Assert.That(tc.Restrictions.Of(2, 7), Is.EqualTo(RestrictionType.RequireConsent));
        Assert.That(tc.Restrictions.Of(2, 8), Is.EqualTo(RestrictionType.NotAllowed));
        Assert.That(tc.Restrictions.Of(2, 10), Is.EqualTo(RestrictionType.None));
        Assert.That(tc.Restrictions.Of(4, 8), Is.EqualTo(RestrictionType.None));
    }

    [Test]
    public void The_last_vendor_there_can_be_is_found_in_ranges_and_in_a_field()
    {
        var ranges = new TcText { VendorRanges = [(65_535, 65_535)] };
        TcString.Read(Encoding.ASCII.GetBytes(ranges.ToString()), out var tc);
        Assert.That(tc.VendorConsents.Contains(65_535));
        Assert.That(tc.VendorConsents.Contains(65_534), Is.False);

        var field = new TcText { VendorConsents = [65_535] };
        Assert.That(TcString.Read(Encoding.ASCII.GetBytes(field.ToString()), out tc), Is.EqualTo(TcStatus.Read));
        Assert.That(tc.VendorConsents.Contains(65_535));
        Assert.That(tc.VendorConsents.Ranges(), Is.EqualTo(new[] { new VendorRange(65_535, 65_535) }));
    }

    [Test]
    public void Every_length_of_a_cut_string_is_answered()
    {
        var whole = new TcText { Restrictions = [(2, 1, [(1, 9)])], VendorRanges = [(1, 5), (7, 7)], CustomCount = 5, CustomConsents = [1, 5] }.ToString();
        for (var length = 0; length < whole.Length; length++)
        {
            if (Read(whole[..length]) == TcStatus.Read)
            {
                Assert.That(whole[length] == '.' || whole[..length].Contains('.'), $"{length} characters can only be whole at the end of a segment or in its padding");
            }
        }

        Assert.That(Read(whole), Is.EqualTo(TcStatus.Read));
    }

    [Test]
    public void A_bomb_of_ranges_costs_no_more_than_its_length()
    {
        var bomb = new TcText { VendorRanges = [.. Enumerable.Repeat((1, 65_535), 2_900)], VendorInterests = [3] }.ToString();
        var larger = new TcText { VendorRanges = [.. Enumerable.Repeat((1, 65_535), 4_095)] }.ToString();
        Assert.That(bomb, Has.Length.LessThan(TcString.MaxLength));

        Assert.That(Read(bomb), Is.EqualTo(TcStatus.Read));
        Assert.That(Read(larger), Is.EqualTo(TcStatus.TooLong));
        TcString.Read(Encoding.ASCII.GetBytes(bomb), out var tc);
        Assert.That(tc.VendorConsents.Ranges(), Is.EqualTo(new[] { new VendorRange(1, 65_535) }));
        Assert.That(BestOf(5, () => Read(bomb)), Is.LessThan(TimeSpan.FromMilliseconds(50)));
        Assert.That(BestOf(5, () => Read(larger)), Is.LessThan(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public void A_bomb_of_restrictions_answers_questions_in_time()
    {
        var bomb = new TcText { Restrictions = [.. Enumerable.Repeat((2, 2, new[] { (1, 65_535) }), 1_700)] }.ToString();
        var bytes = Encoding.ASCII.GetBytes(bomb);
        Assert.That(TcString.Read(bytes, out _), Is.EqualTo(TcStatus.Read));

        Assert.That(
            BestOf(5, () => TcString.Read(bytes, out var tc) == TcStatus.Read && tc.Restrictions.Of(2, 9) == RestrictionType.RequireLegitimateInterest),
            Is.LessThan(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public void Whatever_is_done_to_a_string_it_is_answered()
    {
        const int rounds = 20_000;
        var random = new Random(20_261_120);
        var seeds = new[]
        {
            new TcText().ToString(),
            new TcText { VendorRanges = [(1, 5), (9, 900)], Restrictions = [(2, 1, [(1, 9)]), (3, 0, [(4, 4)])], CustomCount = 63, CustomConsents = [63] }.ToString(),
            new TcText { VendorConsents = [1, 4, 90], VendorInterests = [2], Disclosed = [(1, 3), (5, 50)] }.ToString(),
        };
        for (var round = 0; round < rounds; round++)
        {
            var bytes = Encoding.ASCII.GetBytes(seeds[random.Next(seeds.Length)]);
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)"ACIYQg_-.9"[random.Next(10)];
            }

            var text = bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length + 1) : bytes.Length);
            if (TcString.Read(text, out var tc) == TcStatus.Read)
            {
                // Nothing that is asked of a string that was read can fail.
                Assert.That(tc.VendorConsents.Ranges().Sum(range => range.End - range.Start + 1), Is.InRange(0, 65_535));
                Assert.That(tc.Restrictions.ToList(), Has.Count.EqualTo(tc.Restrictions.Count));
                Assert.That(tc.CustomPurposeConsents.Numbers().LastOrDefault(), Is.LessThanOrEqualTo(tc.CustomPurposeCount));
                Assert.That(tc.ConsentLanguage.ToString() + tc.PublisherCountry, Does.Match("^[A-Z?]{4}\\z"));
                _ = PublisherDecisions.MayProcess(tc, TcRules.Default, 5, LegalBasis.Consent, long.MaxValue);
            }
        }
    }

    private static string With(int purpose, int type, params (int, int)[] vendors) =>
        new TcText { Restrictions = [(purpose, type, vendors)] }.ToString();

    private static TcStatus Read(string text) => TcString.Read(Encoding.UTF8.GetBytes(text), out _);

    private static TimeSpan BestOf<T>(int tries, Func<T> action) => Enumerable.Range(0, tries).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    });
}
