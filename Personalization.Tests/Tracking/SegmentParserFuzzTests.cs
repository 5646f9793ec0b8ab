using System.Buffers;
using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking;

internal sealed class SegmentParserFuzzTests
{
    private static readonly string[] Seeds =
    [
        """{"userId":"u","anonymousId":"a\ud83d\ude00","event":"Order Completed","timestamp":"2024-05-01T12:00:00.123+02:00","sentAt":1714564800.5,"context":{"sessionId":17,"consent":{"categoryPreferences":{"train":true}},"consentManagement":{"deniedConsentIds":["C0002"]}},"properties":{"total":"1.5","products":[{"sku":"a","price":1e2},{"id":3}]}}""",
        """{"batch":[{"type":"track","userId":"u","event":"x\n"},{"type":"alias","userId":1,"previousId":"\u00e9"},{"type":"page","anonymousId":"ü"}],"context":{"sessionId":"s"},"sentAt":"2024-05-01","writeKey":"wk","timestamp":0}""",
    ];

    private static readonly string[] Splices =
        ["\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ",", ":", "1e999", "null", "-", "\0", "\uFEFF", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\"batch\":[", "😀"];

    /// <summary>20,000 mutants of valid bodies: each is answered, none throws, and what is accepted survives the log.</summary>
    [Test]
    public void No_body_makes_the_parser_throw()
    {
        var random = new Random(20240501);
        var parsing = new Parsing();
        var reader = new EventBatchCodec(parsing.Parser, parsing.Pool);
        var accepted = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var body = Mutate(random, Encoding.UTF8.GetBytes(Seeds[i % Seeds.Length]));
            var batch = parsing.Parse(body, i % Seeds.Length == 0 ? EventType.Track : default);
            if (batch.EventCount > 0)
            {
                accepted++;
                AssertSurvivesTheLog(reader, batch);
            }

            batch.Release();
        }

        Assert.That(accepted, Is.GreaterThan(1000));
    }

    private static void AssertSurvivesTheLog(EventBatchCodec reader, EventBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        batch.WriteTo(output);
        var read = reader.Read(0, batch.EventCount, output.WrittenSpan);
        for (var i = 0; i < batch.EventCount; i++)
        {
            Assert.That(
                (read[i].IsDropped, read[i].UserKey, read[i].AnonymousKey, read[i].TimestampMs, read[i].LineCount, read[i].Consent),
                Is.EqualTo((false, batch[i].UserKey, batch[i].AnonymousKey, batch[i].TimestampMs, batch[i].LineCount, batch[i].Consent)));
        }

        read.Release();
    }

    private static byte[] Mutate(Random random, byte[] body)
    {
        var mutated = body.ToList();
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, Math.Min(random.Next(1, 20), mutated.Count - at - 1));
                    break;
                case 2:
                    mutated.InsertRange(at, Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)]));
                    break;
                case 3:
                    mutated.InsertRange(at, mutated.GetRange(at, Math.Min(random.Next(1, 60), mutated.Count - at)));
                    break;
                default:
                    mutated.RemoveRange(Math.Max(1, at), mutated.Count - Math.Max(1, at));
                    break;
            }
        }

        return [.. mutated];
    }
}
