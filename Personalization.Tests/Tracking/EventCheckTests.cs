using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

internal sealed class EventCheckTests
{
    private readonly Parsing _parsing = new()
    {
        Parser = new SegmentParser(Parsing.Hasher, Parsing.Vocabulary, ParserLimits.Default, new FirstLetterCheck()),
    };

    [Test]
    public void A_check_refuses_one_event_and_warns_of_another()
    {
        var batch = _parsing.Batch("""
            {"batch":[{"type":"page","userId":"u","name":"Warm"},{"type":"page","userId":"u","name":"Refused","messageId":"m"},
             {"type":"page","userId":"u","name":"Passing"}]}
            """);

        var refusal = batch.Refusals.Single();
        var warning = batch.Warnings.Single();
        Assert.Multiple(() =>
        {
            Assert.That((batch.EventCount, _parsing.Outcome.Refused), Is.EqualTo((2, 1)));
            Assert.That((refusal.Index, refusal.Reason, refusal.Location), Is.EqualTo((1, RefusalReason.SchemaViolated, "/name")));
            Assert.That((refusal.Describe(), refusal.Type, batch.Text(refusal.MessageId).Length), Is.EqualTo(("A bad letter.", EventType.Page, 1)));
            Assert.That((warning.Index, warning.Location), Is.EqualTo((0, "/name")));
        });
    }

    [TestCase("""{"type":"track","event":"E","userId":"u","properties":{"a":[1]},"traits":{"b":1}}""", """{"a":[1]}""")]
    [TestCase("""{"type":"identify","userId":"u","properties":{"a":1},"traits":{"b":{"c":2}}}""", """{"b":{"c":2}}""")]
    [TestCase("""{"type":"page","userId":"u","properties":null}""", "")]
    [TestCase("""{"type":"group","userId":"u","traits":[1,2]}""", "")]
    public void The_payload_is_what_the_call_is_about(string json, string payload)
    {
        var batch = new Parsing().Batch($$"""{"batch":[{{json}}]}""");

        Assert.That(Parsing.Text(batch[0], batch[0].Payload), Is.EqualTo(payload));
    }

    private sealed class FirstLetterCheck : IEventCheck
    {
        public CheckResult Check(TrackedEvent trackedEvent, out EventFault fault)
        {
            fault = new EventFault("A bad letter.", "/name");
            return trackedEvent.Text(trackedEvent.Name)[0] switch
            {
                (byte)'R' => CheckResult.Refuse,
                (byte)'W' => CheckResult.Warn,
                _ => CheckResult.Pass,
            };
        }
    }
}
