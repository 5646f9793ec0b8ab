using System.Buffers;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;
using static Personalization.Tests.Tracking.Parsing;

namespace Personalization.Tests.Tracking;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class EventBatchCodecTests
{
    private const string Body =
        """
        {"context":{"sessionId":"s","consent":{"categoryPreferences":{"train":true}}},"sentAt":"2024-05-01T11:59:00Z",
         "batch":[
           {"type":"track","messageId":"m1","anonymousId":"a\u0031","event":"Product Viewed","timestamp":"2024-05-01T11:58:00Z","properties":{"sku":"p\u0031","price":5}},
           {"type":"identify","messageId":"m2","anonymousId":"a1","userId":"ü"},
           {"type":"page","name":"refused"},
           {"type":"track","messageId":"m3","userId":"u","event":"Order Completed","context":{"sessionId":"own"},"properties":{"total":9,"products":[{"sku":"x"},{"sku":"y"}]}}]}
        """;

    private readonly Parsing _parsing = new();
    private readonly EventBatchCodec _reader;

    public EventBatchCodecTests()
    {
        _reader = new EventBatchCodec(_parsing.Parser, _parsing.Pool);
    }

    [Test]
    public void A_batch_comes_back_from_the_log_as_it_went_in()
    {
        var written = _parsing.Batch(Body);

        var read = _reader.Read(700, 3, Bytes(written));

        Assert.That((read.EventCount, read.FirstOffset, read.SourceId, read.ReceivedAtMs, read.SentAtMs),
            Is.EqualTo((3, 700L, (ushort)3, written.ReceivedAtMs, written.SentAtMs)));
        Assert.That(Described(read), Is.EqualTo(Described(written)));
        Assert.That((read[2].Offset, read.IsCritical, _reader.UnreadableEvents), Is.EqualTo((702L, true, 0L)));
    }

    [Test]
    public void A_single_call_keeps_the_type_of_its_route()
    {
        var written = _parsing.Single("""{"userId":"u","writeKey":"wk"}""", EventType.Alias);

        var read = _reader.Read(0, 1, Bytes(written));

        Assert.That(Described(read), Is.EqualTo(Described(written)));
    }

    [Test]
    public void Writing_what_was_read_gives_the_same_bytes()
    {
        var bytes = Bytes(_parsing.Batch(Body));

        Assert.That(Bytes(_reader.Read(0, 3, bytes)), Is.EqualTo(bytes));
    }

    [Test]
    public void An_erased_event_keeps_its_place()
    {
        var written = _parsing.Batch(Body);
        var before = Described(written);

        var bytes = Without(Bytes(written), 1);
        var read = _reader.Read(0, 3, bytes);

        Assert.Multiple(() =>
        {
            Assert.That((read[0].IsDropped, read[1].IsDropped, read[2].IsDropped), Is.EqualTo((false, true, false)));
            Assert.That((read[1].Raw.IsEmpty, read[1].UserKey, read[1].LineCount), Is.EqualTo((true, default(UInt128), 0)));
            Assert.That((Described(read)[0], Described(read)[2]), Is.EqualTo((before[0], before[2])));
            Assert.That(System.Text.Encoding.UTF8.GetString(bytes), Does.Not.Contain("m2").And.Not.Contain("ü").And.Contain("m3"));
            Assert.That(_reader.UnreadableEvents, Is.Zero);
        });
    }

    [Test]
    public void Erasing_again_changes_nothing()
    {
        var once = Without(Bytes(_parsing.Batch(Body)), 0, 2);

        Assert.That(Without(once, 0, 2), Is.EqualTo(once));
    }

    [Test]
    public void With_the_last_event_the_shared_context_goes()
    {
        var bytes = Without(Without(Bytes(_parsing.Batch(Body)), 0, 2), 1);

        var read = _reader.Read(0, 3, bytes);

        Assert.That((read.SharedContext.IsEmpty, read.EventCount), Is.EqualTo((true, 3)));
        Assert.That(System.Text.Encoding.UTF8.GetString(bytes), Does.Not.Contain("sessionId"));
    }

    [Test]
    public void A_stored_event_that_cannot_be_read_keeps_its_place_and_is_counted()
    {
        var bytes = Bytes(_parsing.Batch(Body));
        bytes[bytes.AsSpan().IndexOf("\"m2\""u8)] = (byte)'?';
        bytes.AsSpan(bytes.AsSpan().IndexOf("\"userId\":\"u\""u8), 8).Fill((byte)'"');

        var read = _reader.Read(0, 3, bytes);

        Assert.That((read[0].IsDropped, read[1].IsDropped, read[2].IsDropped, _reader.UnreadableEvents), Is.EqualTo((false, true, true, 2L)));
    }

    [Test]
    public void What_was_accepted_under_wider_bounds_is_still_read()
    {
        var narrow = new EventBatchCodec(
            new Personalization.Tracking.Domain.SegmentParser(Hasher, Vocabulary, new(16, 1)), _parsing.Pool);

        var read = narrow.Read(0, 3, Bytes(_parsing.Batch(Body)));

        Assert.That((read.EventCount, narrow.UnreadableEvents), Is.EqualTo((3, 0L)));
    }

    [Test]
    public void How_the_events_came_in_is_kept()
    {
        var written = _parsing.Batch(Body);
        written.Origin = EventOrigin.Import;

        var read = _reader.Read(0, 3, Without(Bytes(written), 1));

        Assert.That((read.Origin, read[0].IsHistorical), Is.EqualTo((EventOrigin.Import, true)));
    }

    [Test]
    public void What_was_written_before_origins_were_kept_is_live()
    {
        var written = _parsing.Batch(Body);
        var bytes = Bytes(written);
        byte[] first = [1, .. bytes[1..19], .. bytes[20..]];

        var read = _reader.Read(0, 3, first);

        Assert.That(read.Origin, Is.EqualTo(EventOrigin.Live));
        Assert.That(Described(read), Is.EqualTo(Described(written)));
    }

    [Test]
    public void A_body_that_is_cut_or_foreign_is_an_error_and_never_worse()
    {
        var bytes = Bytes(_parsing.Batch(Body));
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            Assert.That(() => _reader.Read(0, 3, cut), Throws.TypeOf<InvalidDataException>(), $"cut at {length}");
        }

        Assert.That(() => _reader.Read(0, 1, [3, .. bytes[1..]]), Throws.TypeOf<InvalidDataException>());
    }

    private static byte[] Bytes(EventBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        batch.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Without(byte[] body, params int[] indexes)
    {
        var output = new ArrayBufferWriter<byte>();
        EventBatchCodec.WriteWithout(body, indexes, output);
        return output.WrittenSpan.ToArray();
    }

    private static string[] Described(EventBatch batch) => [.. Enumerable.Range(0, batch.EventCount).Select(i => Describe(batch[i]))];

    private static string Describe(TrackedEvent e) => string.Join(
        '|', e.Type, e.Kind, Text(e, e.Raw), Text(e, e.Name), Text(e, e.MessageId), Text(e, e.AnonymousId), Text(e, e.UserId), Text(e, e.SessionId),
        e.MessageKey, e.AnonymousKey, e.UserKey, e.SessionKey, e.OriginalTimestampMs, e.SentAtMs, e.ReceivedAtMs, e.TimestampMs, e.Consent, e.Revenue,
        string.Join(',', e.Lines.ToArray().Select(line => $"{Text(e, line.Id)} {line.Price} {line.Quantity}")));
}
