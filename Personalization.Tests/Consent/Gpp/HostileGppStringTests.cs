using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Gpp;
using Personalization.Tests.Consent.Tcf;

namespace Personalization.Tests.Consent.Gpp;

/// <summary>GPP strings that nobody writes by accident.</summary>
public class HostileGppStringTests
{
    [TestCase("D", GppStatus.BadHeader)]
    [TestCase("DB", GppStatus.BadHeader)]
    [TestCase("DBAA", GppStatus.Read, TestName = "A header without sections")]
    [TestCase("DBAA~", GppStatus.WrongSectionCount)]
    [TestCase("DCABLA~BkiQEAhGWRA", GppStatus.BadHeader, TestName = "Version 2 of the header is not known")]
    [TestCase("DBABLA~~", GppStatus.EmptySection)]
    [TestCase("DBABLA ~BkiQEAhGWRA", GppStatus.BadHeader)]
    [TestCase("DBABLA~BkiQEAhGWRA\n", GppStatus.BadCharacter)]
    [TestCase("DBABLA~BkiQEAhGWRÄ", GppStatus.BadCharacter)]
    [TestCase("DBABTA~1YN", GppStatus.BadSection)]
    [TestCase("DBABTA~1ynn", GppStatus.BadSection)]
    [TestCase("DBABTA~2YNN", GppStatus.BadSection)]
    [TestCase("DBABTA~1YNNN", GppStatus.BadSection)]
    [TestCase("DBABMA~garbage", GppStatus.BadTcString)]
    public void What_is_not_as_specified_is_refused(string text, object expected) =>
        Assert.That(GppString.Read(Encoding.UTF8.GetBytes(text), out _), Is.EqualTo((GppStatus)expected));

    [Test]
    public void A_section_that_we_do_not_know_is_passed_over()
    {
        // 28, and then 7 would not ascend: sections come in the order of their numbers, and the header cannot say otherwise.
        var text = Header((false, 7), (false, 21)) + "~BkiQEAhGWRA~whatever!";

        Assert.That(GppString.Read(Encoding.ASCII.GetBytes(text), out var gpp), Is.EqualTo(GppStatus.Read));
        Assert.That(gpp.TryGet(28, out var content));
        Assert.That(Encoding.ASCII.GetString(content), Is.EqualTo("whatever!"));
        Assert.That(gpp.TryGetUs(28, out _), Is.False);
        Assert.That(gpp.TryGetUs(7, out _));
    }

    [Test]
    public void A_header_that_promises_a_million_sections_ends_where_they_do()
    {
        var bytes = Encoding.ASCII.GetBytes(Header((false, 1), (true, 1), (false, 999_998)) + "~x");

        Assert.That(GppString.Read(bytes, out _), Is.EqualTo(GppStatus.WrongSectionCount));
        Assert.That(BestOf(5, () => GppString.Read(bytes, out _)), Is.LessThan(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public void A_number_of_a_section_that_does_not_end_is_no_number()
    {
        Assert.That(GppString.Read(Encoding.ASCII.GetBytes("DBAB" + new string('V', 2_000) + "~x"), out _), Is.EqualTo(GppStatus.BadHeader));
        Assert.That(GppString.Read(Encoding.ASCII.GetBytes("DBAB" + new string('A', 2_000) + "~x"), out _), Is.EqualTo(GppStatus.BadHeader));
        Assert.That(GppString.Read("DBD_~x"u8, out _), Is.EqualTo(GppStatus.BadHeader), "it promises more entries than it has");
    }

    [Test]
    public void Thousands_of_sections_are_walked_in_time()
    {
        var bytes = Encoding.ASCII.GetBytes(Header((true, 28), (false, 8_000)) + string.Concat(Enumerable.Repeat("~A", 8_001)));
        Assert.That(bytes, Has.Length.LessThan(GppString.MaxLength));

        Assert.That(
            BestOf(5, () =>
            {
                GppString.Read(bytes, out var gpp);
                return UsPrivacy.SaleOrSharing(gpp, region: null, gpc: false);
            }),
            Is.LessThan(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public void Whatever_is_done_to_a_string_it_is_answered()
    {
        var random = new Random(99);
        string[] seeds = ["DBABrw~CKShGYClWKJU.YA~BVYqpERk.YA", "DBACTMA~1N-Y~BGGlQUmk", $"DBACMMA~{new TcText()}~CCSCIEVClKmk.QA", "DBABUYA~BUWl.qVA"];
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Encoding.ASCII.GetBytes(seeds[random.Next(seeds.Length)]);
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(6) == 0 ? (byte)random.Next(256) : (byte)"ABDYQg~.-_1N"[random.Next(12)];
            }

            if (GppString.Read(bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length), out var gpp) == GppStatus.Read)
            {
                read++;
                Assert.That(SignalReasons.NameOf(UsPrivacy.SaleOrSharing(gpp, "US-CA", gpc: false)), Is.Not.Empty);
            }
        }

        Assert.That(read, Is.InRange(1, 19_999));
    }

    /// <summary>Entries are a step from the last number; a range takes the entry after it as its length.</summary>
    private static string Header(params (bool IsRange, int Step)[] steps)
    {
        var bits = new StringBuilder();
        var entries = 0;
        for (var i = 0; i < steps.Length; i++, entries++)
        {
            bits.Append(steps[i].IsRange ? '1' : '0').Append(Fibonacci(steps[i].Step));
            if (steps[i].IsRange)
            {
                bits.Append(Fibonacci(steps[++i].Step));
            }
        }

        return TcText.Encode(TcText.Bits(3, 6) + TcText.Bits(1, 6) + TcText.Bits(entries, 12) + bits);
    }

    private static string Fibonacci(int number)
    {
        var series = new List<int> { 1, 2 };
        while (series[^1] <= number)
        {
            series.Add(series[^1] + series[^2]);
        }

        var bits = "";
        for (var i = series.Count - 1; i >= 0; i--)
        {
            var isSet = series[i] <= number;
            number -= isSet ? series[i] : 0;
            bits = (isSet ? "1" : bits.Length == 0 ? "" : "0") + bits;
        }

        return bits + "1";
    }

    private static TimeSpan BestOf<T>(int tries, Func<T> action) => Enumerable.Range(0, tries).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    });
}
