using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using static Personalization.Tests.Tracking.Parsing;

namespace Personalization.Tests.Tracking;

internal sealed class SegmentParserBatchTests
{
    private const string Page = """{"type":"page","userId":"u"}""";

    private readonly Parsing _parsing = new();

    [Test]
    public void Each_event_names_its_own_call()
    {
        var batch = _parsing.Batch(
            """
            {"batch":[{"type":"track","userId":"u","event":"Product Viewed"},{"type":"identify","userId":"u"},{"type":"page","userId":"u"},
                      {"type":"screen","userId":"u"},{"type":"group","userId":"u"},{"type":"alias","userId":"u","previousId":"p"}],
             "writeKey":"wk","integrations":{"All":true}}
            """);

        var types = Enumerable.Range(0, batch.EventCount).Select(i => batch[i].Type);
        Assert.That(types, Is.EqualTo(Enum.GetValues<EventType>().Order()));
        Assert.That(batch.Text(_parsing.Outcome.WriteKey).SequenceEqual("wk"u8), Is.True);
    }

    [TestCase("""{"userId":"u"}""", RefusalReason.TypeMissing)]
    [TestCase("""{"type":"merge","userId":"u"}""", RefusalReason.TypeUnknown)]
    [TestCase("""{"type":null,"userId":"u"}""", RefusalReason.TypeUnknown)]
    [TestCase("""{"type":"page"}""", RefusalReason.IdentityMissing)]
    [TestCase("17", RefusalReason.NotAnObject)]
    [TestCase("null", RefusalReason.NotAnObject)]
    [TestCase("[{}]", RefusalReason.NotAnObject)]
    public void An_invalid_event_is_refused_alone(string invalid, RefusalReason reason)
    {
        var batch = _parsing.Batch($$"""{"batch":[{{Page}},{{invalid}},{{Page}}]}""");

        var refusal = batch.Refusals[0];
        Assert.That((batch.EventCount, _parsing.Outcome.Refused), Is.EqualTo((2, 1)));
        Assert.That((refusal.Index, refusal.Reason, _parsing.Outcome.Counts[(int)reason]), Is.EqualTo((1, reason, 1)));
        Assert.That(System.Text.Encoding.UTF8.GetString(batch.Text(refusal.Raw)), Is.EqualTo(invalid));
    }

    [TestCase("{}")]
    [TestCase("""{"batch":null}""")]
    [TestCase("""{"batch":{}}""")]
    [TestCase("""{"events":[]}""")]
    public void A_batch_without_events_array_is_refused(string json)
    {
        _parsing.Batch(json);

        Assert.That(_parsing.Outcome.Status, Is.EqualTo(ParseStatus.BatchMissing));
    }

    [Test]
    public void An_empty_batch_is_fine()
    {
        var batch = _parsing.Batch("""{"batch":[]}""");

        Assert.That((_parsing.Outcome.Status, batch.EventCount), Is.EqualTo((ParseStatus.Parsed, 0)));
    }

    [TestCase(10_000, ParseStatus.Parsed, 10_000)]
    [TestCase(10_001, ParseStatus.TooManyEvents, 0)]
    public void A_batch_holds_10000_events(int events, ParseStatus status, int accepted)
    {
        var json = string.Join(',', Enumerable.Range(0, events).Select(i => $$"""{"type":"track","userId":"u-{{i}}","event":"x","messageId":"{{i}}"}"""));

        var batch = _parsing.Batch($$"""{"batch":[{{json}}]}""");

        Assert.That((_parsing.Outcome.Status, batch.EventCount), Is.EqualTo((status, accepted)));
        Assert.That(accepted == 0 || Text(batch[2499], batch[2499].UserId) == "u-2499");
    }

    [Test]
    public void Fields_of_the_batch_apply_to_its_events_wherever_they_stand()
    {
        var batch = _parsing.Batch(
            """
            {"batch":[{"type":"page","userId":"u","timestamp":"2024-05-01T11:00:00Z"},
                      {"type":"page","userId":"u","sentAt":"2024-05-01T11:30:00Z","timestamp":"2024-05-01T11:00:00Z","context":{"sessionId":"own"}}],
             "sentAt":"2024-05-01T11:10:00Z","context":{"sessionId":"shared"}}
            """);

        Assert.Multiple(() =>
        {
            Assert.That((Text(batch[0], batch[0].SessionId), Text(batch[1], batch[1].SessionId)), Is.EqualTo(("shared", "own")));
            Assert.That(batch[0].TimestampMs, Is.EqualTo(ReceivedAtMs - 600_000));
            Assert.That(batch[1].TimestampMs, Is.EqualTo(ReceivedAtMs - 1_800_000));
            Assert.That(batch.Text(batch.SharedContext).SequenceEqual("{\"sessionId\":\"shared\"}"u8), Is.True);
        });
    }

    [Test]
    public void The_batch_grants_what_the_event_does_not_speak_of()
    {
        var batch = _parsing.Batch(
            """
            {"context":{"consent":{"categoryPreferences":{"profile":true,"train":true}}},
             "batch":[{"type":"page","userId":"u","context":{"consent":{"categoryPreferences":{"train":false}}}}]}
            """);

        Assert.That(batch[0].Consent, Is.EqualTo(new ConsentSignal(2 | 32, 2)));
    }

    [Test]
    public void A_write_key_may_stand_in_the_events_only()
    {
        var batch = _parsing.Batch("""{"batch":[{"type":"page","userId":"u","writeKey":"inner"}]}""");

        Assert.That(batch.Text(_parsing.Outcome.WriteKey).SequenceEqual("inner"u8), Is.True);
    }

    [Test]
    public void Keys_are_right_whether_neighbours_share_ids_or_not()
    {
        var batch = _parsing.Batch(
            """
            {"batch":[{"type":"page","userId":"u","anonymousId":"a"},{"type":"page","userId":"u","anonymousId":"b"},
                      {"type":"page","anonymousId":"b"},{"type":"page","userId":"u","anonymousId":"b"}]}
            """);

        Assert.That((batch[1].UserKey, batch[3].UserKey), Is.EqualTo((batch[0].UserKey, batch[0].UserKey)));
        Assert.That(batch[2].UserKey, Is.EqualTo(default(UInt128)));
        Assert.That(batch[1].AnonymousKey, Is.Not.EqualTo(batch[0].AnonymousKey).And.EqualTo(batch[3].AnonymousKey));
    }
}
