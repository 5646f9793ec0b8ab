using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Domain.Reconciliation;

namespace Personalization.Tests.Tracking.Quality;

internal sealed class ReportTests
{
    private const string Row = """{"day":"2026-11-20","event":"Order Completed","source":"shop","count":2,"sums":{"revenue":10.5},"messageIds":["a","b"]}""";

    [TestCase("[" + Row + "]")]
    [TestCase("""{"timeZone":"Europe/Berlin","tolerance":0.01,"rows":[""" + Row + "]}")]
    public void A_report_is_read_with_or_without_a_frame(string body)
    {
        var report = new ReportReader(10, 10).Read(Encoding.UTF8.GetBytes(body));

        Assert.That(report!.Rows.Single().Sums["revenue"], Is.EqualTo(10.5m));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"rows":5}""")]
    [TestCase("[1]")]
    [TestCase("[" + Row + "," + Row + "]", Description = "twice the same row")]
    [TestCase("""{"timeZone":"Mars/Olympus","rows":[""" + Row + "]}")]
    [TestCase("""{"tolerance":-1,"rows":[""" + Row + "]}")]
    [TestCase("""[{"day":"20.11.2026","event":"e","source":"s","count":1}]""")]
    [TestCase("""[{"day":"0001-01-01","event":"e","source":"s","count":1}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"","source":"s","count":1}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s"}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1.5}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":-1}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1e300}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"sums":[1]}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"sums":{"a":"x"}}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"messageIds":"x"}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"messageIds":[1]}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"type":"other"}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"type":"track,identify"}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"type":"2"}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"\ud83d","source":"s","count":1}]""")]
    [TestCase("""[{"day":"2026-11-20","event":"e","source":"s","count":1,"messageIds":["1","2","3","4","5","6","7","8","9","10","11"]}]""")]
    public void A_report_that_is_none_is_refused_with_the_place(string body)
    {
        var reader = new ReportReader(10, 10);

        Assert.That(reader.Read(Encoding.UTF8.GetBytes(body)), Is.Null);
        Assert.That(reader.Errors, Is.Not.Empty);
    }

    [TestCase(",\"event\":\"b\"")]
    [TestCase("")]
    public void Another_row_of_a_call_without_a_name_is_refused_whatever_name_it_bears(string name)
    {
        var reader = new ReportReader(10, 10);

        var report = reader.Read(Encoding.UTF8.GetBytes(
            """[{"day":"2026-11-20","type":"identify","event":"a","source":"s","count":1},{"day":"2026-11-20","type":"identify","source":"s","count":1$}]""".Replace("$", name)));

        Assert.That(report, Is.Null);
        Assert.That((reader.Errors.Single().Location, reader.Errors[0].Reason), Is.EqualTo(("/1", "There is another row for the same day, source and event.")));
    }

    [Test]
    public void Days_follow_the_clocks_of_their_zone()
    {
        var days = new ReportDays(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var springForward = new DateOnly(2026, 3, 29).DayNumber;

        Assert.That(days.StartMs(springForward + 1) - days.StartMs(springForward), Is.EqualTo(23 * 3_600_000L));
        Assert.That(days.DayOf(days.StartMs(springForward)), Is.EqualTo(springForward));
        Assert.That(days.DayOf(days.StartMs(springForward) - 1), Is.EqualTo(springForward - 1));
        Assert.That(days.DayOf(days.StartMs(springForward + 1) - 1, out _, out var untilEndMs), Is.EqualTo(springForward));
        Assert.That(untilEndMs, Is.EqualTo(1));
    }
}
