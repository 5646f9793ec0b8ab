using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

internal sealed class SegmentParserRefusalTests
{
    private readonly Parsing _parsing = new();

    [TestCase("", ParseStatus.Empty)]
    [TestCase(" \r\n\t", ParseStatus.Empty)]
    [TestCase("\uFEFF", ParseStatus.Empty)]
    [TestCase("null", ParseStatus.NotAnObject)]
    [TestCase("[]", ParseStatus.NotAnObject)]
    [TestCase("[{}]", ParseStatus.NotAnObject)]
    [TestCase("\"text\"", ParseStatus.NotAnObject)]
    [TestCase("17", ParseStatus.NotAnObject)]
    [TestCase("{", ParseStatus.Malformed)]
    [TestCase("{\"a\":1,}", ParseStatus.Malformed)]
    [TestCase("{'a':1}", ParseStatus.Malformed)]
    [TestCase("{\"a\":NaN}", ParseStatus.Malformed)]
    [TestCase("{\"a\":Infinity}", ParseStatus.Malformed)]
    [TestCase("{\"a\":01}", ParseStatus.Malformed)]
    [TestCase("{\"a\":\"\\x\"}", ParseStatus.Malformed)]
    [TestCase("{\"a\":\"\\u12g4\"}", ParseStatus.Malformed)]
    [TestCase("{\"a\":\"\n\"}", ParseStatus.Malformed)]
    [TestCase("{/* no */}", ParseStatus.Malformed)]
    [TestCase("{} {}", ParseStatus.Malformed)]
    [TestCase("{}garbage", ParseStatus.Malformed)]
    [TestCase("data=%7B%7D", ParseStatus.Malformed)]
    public void A_body_that_is_no_object_is_refused_as_a_whole(string body, ParseStatus status)
    {
        var single = Status(body, EventType.Track);
        var batch = Status(body, default);

        Assert.That((single, batch), Is.EqualTo((status, status)));
    }

    [TestCase("{\"userId\":\"u\",\"event\":\"x\"} trailing", 27)]
    [TestCase("{\"userId\":\n\n  oops}", 14)]
    [TestCase("\uFEFF{oops}", 4)]
    public void The_position_of_the_fault_is_told(string body, int position)
    {
        Status(body, EventType.Track);

        Assert.That(_parsing.Outcome.Position, Is.EqualTo(position));
    }

    [TestCase(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 2)]
    [TestCase(new byte[] { (byte)'{', (byte)'"', (byte)'a', 0xC3, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, 3)]
    [TestCase(new byte[] { (byte)'{', (byte)'}', 0xED, 0xA0, 0x80 }, 2)]
    public void Invalid_utf8_is_refused_with_its_position(byte[] body, int position)
    {
        _parsing.Parse(body, EventType.Track);

        Assert.That((_parsing.Outcome.Status, _parsing.Outcome.Position), Is.EqualTo((ParseStatus.Malformed, (long)position)));
    }

    [TestCase(1_000_000)]
    [TestCase(80)]
    public void Nesting_beyond_all_bounds_stops_the_reading(int levels) =>
        Assert.That(Status("{\"a\":" + new string('[', levels), EventType.Track), Is.EqualTo(ParseStatus.Malformed));

    [Test]
    public void An_event_nested_too_deep_is_refused_alone()
    {
        var deep = "{\"type\":\"track\",\"userId\":\"u\",\"event\":\"x\",\"properties\":{\"a\":" + Nested(31) + "}}";
        var fits = "{\"type\":\"track\",\"userId\":\"u\",\"event\":\"x\",\"properties\":{\"a\":" + Nested(30) + "}}";

        var batch = _parsing.Batch($"{{\"batch\":[{deep},{fits}]}}");

        Assert.That((batch.EventCount, _parsing.Outcome.Refused, batch.Refusals[0].Reason), Is.EqualTo((1, 1, RefusalReason.TooDeep)));
    }

    [TestCase("""{"event":"x"}""", EventField.UserId, RefusalReason.IdentityMissing)]
    [TestCase("""{"event":"x","userId":"","anonymousId":null}""", EventField.UserId, RefusalReason.IdentityMissing)]
    [TestCase("""{"userId":"u"}""", EventField.Event, RefusalReason.NameMissing)]
    [TestCase("""{"userId":"u","event":""}""", EventField.Event, RefusalReason.NameMissing)]
    [TestCase("""{"userId":"u","event":{}}""", EventField.Event, RefusalReason.NotText)]
    [TestCase("""{"userId":true,"event":"x"}""", EventField.UserId, RefusalReason.NotText)]
    [TestCase("""{"userId":{"id":1},"event":"x"}""", EventField.UserId, RefusalReason.NotText)]
    [TestCase("""{"anonymousId":["a"],"event":"x"}""", EventField.AnonymousId, RefusalReason.NotText)]
    [TestCase("""{"userId":"u","messageId":[],"event":"x"}""", EventField.MessageId, RefusalReason.NotText)]
    [TestCase("""{"userId":"\ud800","event":"x"}""", EventField.UserId, RefusalReason.BrokenText)]
    [TestCase("""{"userId":"a\udc00b","event":"x"}""", EventField.UserId, RefusalReason.BrokenText)]
    [TestCase("""{"userId":"u","previousId":"\ud800\ud800","event":"x"}""", EventField.PreviousId, RefusalReason.BrokenText)]
    public void An_invalid_event_is_refused_with_its_field(string json, EventField field, RefusalReason reason)
    {
        var refusal = _parsing.RefusalOf(json);

        Assert.That((refusal.Field, refusal.Reason), Is.EqualTo((field, reason)));
    }

    [TestCase("userId", 512, 513)]
    [TestCase("anonymousId", 512, 513)]
    [TestCase("messageId", 256, 257)]
    [TestCase("event", 512, 513)]
    public void Ids_and_names_are_bounded(string field, int fits, int tooLong)
    {
        string Json(int length) => $$"""{"anonymousId":"a","event":"e","userId":"u","{{field}}":"{{new string('x', length)}}"}""";

        var accepted = _parsing.Single(Json(fits)).EventCount;
        var refusal = _parsing.RefusalOf(Json(tooLong));

        Assert.That((accepted, refusal.Reason), Is.EqualTo((1, RefusalReason.TooLong)));
        Assert.That(refusal.Describe(), Does.StartWith($"'{field}' is too long: at most {fits} bytes"));
    }

    [Test]
    public void Half_a_surrogate_pair_in_other_texts_is_replaced()
    {
        var read = _parsing.Track("""
            "properties":{"sku":"s","category":"cut \ud83d","brand":"\udc00\u0041","title":"\ud800"}
            """);

        Assert.That(Parsing.Text(read, read.Lines[0].Category), Is.EqualTo("cut \uFFFD"));
        Assert.That(Parsing.Text(read, read.Lines[0].Brand), Is.EqualTo("\uFFFDA"));
    }

    [Test]
    public void An_event_of_too_many_bytes_is_refused_alone()
    {
        var big = "{\"type\":\"page\",\"userId\":\"u\",\"x\":\"" + new string('x', 64 * 1024) + "\"}";

        var batch = _parsing.Batch($$"""{"batch":[{{big}},{"type":"page","userId":"u"}]}""");

        Assert.That((batch.EventCount, batch.Refusals[0].Reason), Is.EqualTo((1, RefusalReason.TooLarge)));
    }

    [Test]
    public void What_is_refused_leaves_nothing_behind_in_its_neighbours()
    {
        var batch = _parsing.Batch(
            """
            {"batch":[{"type":"track","userId":"u","properties":{"products":[{"sku":"gone"}]}},
                      {"type":"track","userId":"u","event":"x","properties":{"sku":"stays"}}]}
            """);

        Assert.That((batch.EventCount, batch.LineCount), Is.EqualTo((1, 1)));
        Assert.That(Parsing.Text(batch[0], batch[0].Lines[0].Id), Is.EqualTo("stays"));
    }

    private ParseStatus Status(string body, EventType type)
    {
        var batch = _parsing.Parse(Encoding.UTF8.GetBytes(body), type);
        Assert.That(batch.EventCount, Is.Zero.Or.EqualTo(_parsing.Outcome.Status == ParseStatus.Parsed ? 1 : 0));
        return _parsing.Outcome.Status;
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}
