using NUnit.Framework;
using Personalization.Kernel.Time;
using Personalization.Tracking.Domain;
using static Personalization.Tests.Tracking.Parsing;

namespace Personalization.Tests.Tracking;

public class EventTimeTests
{
    private const long Absent = long.MinValue;

    private readonly Parsing _parsing = new();

    [TestCase("1970-01-01T00:00:00Z", 0)]
    [TestCase("2024-05-01T12:00:00.123Z", 1714564800123)]
    [TestCase("2024-05-01T12:00:00.123456789Z", 1714564800123)]
    [TestCase("2024-05-01T12:00:00,5Z", 1714564800500)]
    [TestCase("2024-05-01T12:00:00Z", 1714564800000)]
    [TestCase("2024-05-01t12:00:00z", 1714564800000)]
    [TestCase("2024-05-01 12:00:00", 1714564800000)]
    [TestCase("2024-05-01T12:00", 1714564800000)]
    [TestCase("2024-05-01T14:00:00+02:00", 1714564800000)]
    [TestCase("2024-05-01T06:30:00-0530", 1714564800000)]
    [TestCase("2024-05-01T13:00:00.000+01", 1714564800000)]
    [TestCase("2024-05-01", 1714521600000)]
    [TestCase("2024-02-29", 1709164800000)]
    [TestCase("1714564800123", 1714564800123)]
    [TestCase("1714564800", 1714564800000)]
    [TestCase("1714564800.25", 1714564800250)]
    public void Times_are_read_in_the_forms_that_clients_send(string text, long expected)
    {
        var isTime = UnixTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var unixMs);

        Assert.That((isTime, unixMs), Is.EqualTo((true, expected)));
    }

    [TestCase("")]
    [TestCase("yesterday")]
    [TestCase("2023-02-29")]
    [TestCase("2024-13-01")]
    [TestCase("2024-00-10")]
    [TestCase("0000-01-01")]
    [TestCase("2024-05-01T")]
    [TestCase("2024-05-01T25:00:00Z")]
    [TestCase("2024-05-01T12:60:00Z")]
    [TestCase("2024-05-01T12:00:00.Z")]
    [TestCase("2024-05-01T12:00:00X")]
    [TestCase("2024-05-01T12:00:00+2")]
    [TestCase("2024-05-01T12:00:00+99:00")]
    [TestCase("9999-12-31T23:59:59-12:00")]
    [TestCase("0")]
    [TestCase("2024")]
    [TestCase("1e999")]
    [TestCase("99999999999999999999")]
    public void What_is_no_time_is_none(string text) =>
        Assert.That(UnixTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _), Is.False);

    [TestCase(1000, 1500, 10_000, 9500, Description = "held back for half a second by a clock that is behind")]
    [TestCase(50_000, 51_000, 10_000, 9000, Description = "a clock that is ahead")]
    [TestCase(2000, 1000, 10_000, 10_000, Description = "sent before it happened")]
    [TestCase(4000, Absent, 10_000, 4000, Description = "no sentAt")]
    [TestCase(40_000, Absent, 10_000, 10_000, Description = "no sentAt, in our future")]
    [TestCase(Absent, 1000, 10_000, 10_000, Description = "no time of its own")]
    [TestCase(-62135596800000, 253402300799999, 10_000, 0, Description = "from the first year to the last")]
    public void The_client_clocks_error_cancels_out(long original, long sentAt, long receivedAt, long expected) =>
        Assert.That(ClockCorrection.EventTimeMs(original, sentAt, receivedAt), Is.EqualTo(expected));

    [Test]
    public void The_original_timestamp_wins_over_the_timestamp()
    {
        var read = _parsing.Track("\"timestamp\":\"2024-05-01T11:00:00Z\",\"originalTimestamp\":\"2024-05-01T10:00:00Z\"");

        Assert.That(read.TimestampMs, Is.EqualTo(ReceivedAtMs - (2 * 3_600_000)));
    }

    [Test]
    public void A_timestamp_may_be_a_number()
    {
        var read = _parsing.Track("\"timestamp\":1714564799000,\"sentAt\":1714564799.5");

        Assert.That(read.TimestampMs, Is.EqualTo(ReceivedAtMs - 500));
    }

    [Test]
    public void A_timestamp_that_is_none_counts_as_absent()
    {
        var read = _parsing.Track("\"timestamp\":{\"$date\":1},\"sentAt\":\"soon\"");

        Assert.That((read.TimestampMs, read.OriginalTimestampMs, read.SentAtMs), Is.EqualTo((ReceivedAtMs, Absent, Absent)));
    }
}
