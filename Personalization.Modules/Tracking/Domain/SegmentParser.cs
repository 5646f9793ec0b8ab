using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Reads request bodies of the Segment protocol straight from UTF-8 into the events of a batch: no tree, no strings, nothing
/// allocated once the batch has its size. Thread-safe.
/// <para>
/// What a body can do wrong is a value (<see cref="ParseOutcome"/>), never an exception. Of a repeated key the last value counts; a byte
/// order mark is skipped; unknown fields, and times and numbers that are none, count as absent.
/// </para>
/// </summary>
internal sealed class SegmentParser(
    KeyHasher hasher, ConsentVocabulary vocabulary, ParserLimits limits, IEventCheck? check = null, IdentifierVocabulary? identifiers = null)
{
    private readonly IdentifierVocabulary _identifiers = identifiers ?? IdentifierVocabulary.BuiltIn;

    /// <summary>Reads <c>/v1/track</c> and its siblings: one event, whose call the route names.</summary>
    public ParseOutcome ParseSingle(EventBatch batch, EventType type) => Parse(batch, type);

    /// <summary>Reads <c>/v1/batch</c>.</summary>
    public ParseOutcome ParseBatch(EventBatch batch) => Parse(batch, default);

    /// <summary>
    /// Finishes the events of a batch whose source, arrival and own <c>sentAt</c> are set: shared context, event time, keys,
    /// and whether the batch is critical.
    /// </summary>
    public void Complete(EventBatch batch, ContextSignals shared)
    {
        var completion = new BatchCompletion(batch, hasher, _identifiers);
        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!batch[i].IsDropped)
            {
                completion.Complete(batch[i], shared);
            }
        }

        batch.IsCritical = completion.IsCritical;
    }

    /// <summary>Reads the shared context of a stored batch, which lies in the batch's buffer.</summary>
    public ContextSignals ParseStoredContext(EventBatch batch)
    {
        var context = batch.SharedContext;
        if (context.IsEmpty)
        {
            return default;
        }

        try
        {
            var reader = new BodyReader(batch, context.Start, context.Length);
            reader.Json.Read();
            return ContextReader.Read(ref reader, vocabulary);
        }
        catch (JsonException)
        {
            // Erasure never cuts a context in half, so this is a damaged file; the events themselves still count.
            return default;
        }
    }

    /// <summary>
    /// Reads one stored event, whose JSON lies in the batch's buffer, into a new event of the batch. One that is not valid any more
    /// keeps its place, dropped. Bounds that can be configured don't apply: what was once accepted stays accepted.
    /// </summary>
    /// <returns>Whether the event was read.</returns>
    public bool ParseStored(EventBatch batch, Utf8Slice raw, EventType type)
    {
        var before = batch.EventCount;
        try
        {
            var reader = new BodyReader(batch, raw.Start, raw.Length) { Identifiers = _identifiers };
            if (reader.Json.Read() && reader.Json.TokenType == JsonTokenType.StartObject)
            {
                var writeKey = default(Utf8Slice);
                EventObjectReader.Read(ref reader, type, vocabulary, ref writeKey);
                if (reader.Reason == RefusalReason.None)
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // The answer to a damaged event is the same as to an invalid one: its place is kept below.
        }

        if (batch.EventCount > before)
        {
            batch.RemoveLastEvent();
        }

        AddDropped(batch, raw, type, DropReason.Unreadable);
        return false;
    }

    /// <summary>Keeps the place of an event that cannot be read or was erased.</summary>
    public static void AddDropped(EventBatch batch, Utf8Slice raw, EventType type, DropReason reason)
    {
        var dropped = batch.AddEvent();
        dropped.Raw = raw;
        dropped.Type = type;
        dropped.Drop = reason;
    }

    private ParseOutcome Parse(EventBatch batch, EventType routeType)
    {
        var outcome = default(ParseOutcome);
        var body = batch.Buffer.AsSpan(0, batch.BufferLength);
        var start = body.StartsWith("\uFEFF"u8) ? 3 : 0;
        if (body[start..].Trim(" \t\r\n"u8).IsEmpty)
        {
            outcome.Status = ParseStatus.Empty;
        }
        else if (!Utf8.IsValid(body))
        {
            outcome.Status = ParseStatus.Malformed;
            outcome.Position = FirstInvalid(body);
        }
        else
        {
            ParseValidUtf8(batch, routeType, start, ref outcome);
        }

        if (outcome.Status != ParseStatus.Parsed)
        {
            while (batch.EventCount > 0)
            {
                batch.RemoveLastEvent();
            }

            batch.Warnings.Clear();
        }

        return outcome;
    }

    private void ParseValidUtf8(EventBatch batch, EventType routeType, int start, ref ParseOutcome outcome)
    {
        var reader = new BodyReader(batch, start, batch.BufferLength - start);
        try
        {
            reader.Json.Read();
            if (reader.Json.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                outcome.Status = ParseStatus.NotAnObject;
            }
            else if (routeType == default)
            {
                ReadBatch(ref reader, ref outcome);
            }
            else
            {
                ReadEvent(ref reader, routeType, 0, ref outcome.WriteKey, ref outcome);
            }

            // Anything but white space behind the end is an error of the reader.
            reader.Json.Read();
            outcome.IgnoredLines = reader.IgnoredLines;
        }
        catch (JsonException error)
        {
            outcome.Status = ParseStatus.Malformed;
            outcome.Position = start + PositionOf(error, batch.Buffer.AsSpan(start));
        }
    }

    private void ReadBatch(ref BodyReader reader, ref ParseOutcome outcome)
    {
        var batch = reader.Batch;
        var sentAtMs = long.MinValue;
        var timestampMs = long.MinValue;
        outcome.Status = ParseStatus.BatchMissing;
        while (reader.NextProperty(out var name))
        {
            var field = FieldNames.EventFieldOf(name);
            reader.Json.Read();
            switch (field)
            {
                case EventField.Batch when reader.Json.TokenType == JsonTokenType.StartArray:
                    ReadEvents(ref reader, ref outcome);
                    break;
                case EventField.SentAt:
                    sentAtMs = reader.Time();
                    break;
                case EventField.Timestamp:
                    timestampMs = reader.Time();
                    break;
                case EventField.WriteKey:
                    outcome.WriteKey = reader.Text();
                    break;
                case EventField.Context:
                    ReadSharedContext(ref reader, ref outcome);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // RudderStack's server SDK says when the batch left in both fields; an older one only in timestamp.
        batch.SentAtMs = sentAtMs != long.MinValue ? sentAtMs : timestampMs;
    }

    private void ReadSharedContext(ref BodyReader reader, ref ParseOutcome outcome)
    {
        var start = reader.TokenStart;
        var isObject = reader.Json.TokenType == JsonTokenType.StartObject;
        reader.BeginEvent();
        outcome.Shared = ContextReader.Read(ref reader, vocabulary);
        reader.Batch.SharedContext = isObject ? new Utf8Slice(start, reader.TokenEnd - start) : default;
    }

    private void ReadEvents(ref BodyReader reader, ref ParseOutcome outcome)
    {
        // Of a repeated key the last value counts.
        while (reader.Batch.EventCount > 0)
        {
            reader.Batch.RemoveLastEvent();
        }

        outcome.Status = ParseStatus.Parsed;
        outcome.Refused = 0;
        outcome.Counts = default;
        reader.Batch.Refusals.Clear();
        reader.Batch.Warnings.Clear();
        reader.IgnoredLines = 0;
        var ownWriteKey = default(Utf8Slice);
        var index = 0;
        while (reader.Json.Read() && reader.Json.TokenType != JsonTokenType.EndArray)
        {
            if (index == limits.BatchEvents)
            {
                outcome.Status = ParseStatus.TooManyEvents;
            }

            if (index >= limits.BatchEvents)
            {
                reader.Skip();
            }
            else
            {
                ReadEvent(ref reader, default, index, ref ownWriteKey, ref outcome);
            }

            index++;
        }

        if (outcome.WriteKey.IsEmpty)
        {
            outcome.WriteKey = ownWriteKey;
        }
    }

    private void ReadEvent(
        ref BodyReader reader, EventType routeType, int index, ref Utf8Slice writeKey, ref ParseOutcome outcome)
    {
        if (reader.Json.TokenType != JsonTokenType.StartObject)
        {
            var start = reader.TokenStart;
            reader.Skip();
            var raw = new Utf8Slice(start, reader.TokenEnd - start);
            outcome.Refuse(reader.Batch, new Refusal(index, EventField.Unknown, RefusalReason.NotAnObject, raw));
            return;
        }

        reader.Identifiers = _identifiers;
        var read = EventObjectReader.Read(ref reader, routeType, vocabulary, ref writeKey);
        reader.Identifiers = null;
        if (read.Raw.Length > limits.EventBytes)
        {
            reader.Reason = RefusalReason.TooLarge;
            reader.Field = EventField.Unknown;
        }

        if (reader.Reason != RefusalReason.None)
        {
            outcome.Refuse(reader.Batch, Refusal.Of(read, index, reader.Field, reader.Reason));
            reader.Batch.RemoveLastEvent();
        }
        else if (check is not null)
        {
            Check(read, index, check, ref outcome);
        }
    }

    private static void Check(TrackedEvent read, int index, IEventCheck check, ref ParseOutcome outcome)
    {
        var result = check.Check(read, out var fault);
        if (result == CheckResult.Pass)
        {
            return;
        }

        var refusal = Refusal.Of(read, index, EventField.Unknown, RefusalReason.SchemaViolated, fault);
        if (result == CheckResult.Warn)
        {
            read.Batch.Warnings.Add(refusal);
        }
        else
        {
            outcome.Refuse(read.Batch, refusal);
            read.Batch.RemoveLastEvent();
        }
    }

    private static long PositionOf(JsonException error, ReadOnlySpan<byte> body)
    {
        var position = 0;
        for (var line = error.LineNumber ?? 0; line > 0; line--)
        {
            position += body[position..].IndexOf((byte)'\n') + 1;
        }

        return position + (error.BytePositionInLine ?? 0);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> body)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(body[position..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            position += consumed;
        }

        return position;
    }
}
