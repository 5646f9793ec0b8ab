using System.Text;
using NUnit.Framework;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking;

/// <summary>Parses bodies as the endpoints do, with an arrival that tests can name.</summary>
internal sealed class Parsing
{
    /// <summary>2024-05-01T12:00:00Z.</summary>
    public const long ReceivedAtMs = 1714564800000;

    public static readonly KeyHasher Hasher = new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

    public static readonly ConsentVocabulary Vocabulary = new(new Dictionary<string, byte>
    {
        ["advertising"] = 4 | 16,
        ["C0002"] = 8,
        ["Werbung für Dich"] = 16,
    });

    public EventBatchPool Pool { get; } = new();

    public SegmentParser Parser { get; init; } = new(Hasher, Vocabulary, ParserLimits.Default);

    public ParseOutcome Outcome { get; private set; }

    /// <summary>Of a track call unless another is named.</summary>
    public EventBatch Single(string json, EventType type = EventType.Track) => Parse(Encoding.UTF8.GetBytes(json), type);

    public EventBatch Batch(string json) => Parse(Encoding.UTF8.GetBytes(json), default);

    public EventBatch Parse(byte[] body, EventType type)
    {
        var batch = Pool.Rent(body.Length);
        batch.EnsureBuffer(body.Length);
        body.CopyTo(batch.Buffer, 0);
        batch.BufferLength = body.Length;
        batch.ReceivedAtMs = ReceivedAtMs;
        batch.SourceId = 3;
        Outcome = type == default ? Parser.ParseBatch(batch) : Parser.ParseSingle(batch, type);
        Parser.Complete(batch, Outcome.Shared);
        return batch;
    }

    /// <summary>The one event of a track call with these further fields.</summary>
    public TrackedEvent Track(string fields) =>
        Single("""{"anonymousId":"a-1","event":"Product Viewed",""" + fields + "}")[0];

    public Refusal RefusalOf(string json, EventType type = EventType.Track)
    {
        var batch = Single(json, type);
        Assert.That((Outcome.Status, Outcome.Refused, batch.EventCount), Is.EqualTo((ParseStatus.Parsed, 1, 0)));
        return batch.Refusals[0];
    }

    public static string Text(TrackedEvent trackedEvent, Utf8Slice slice) => Encoding.UTF8.GetString(trackedEvent.Text(slice));
}
