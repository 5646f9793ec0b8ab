using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Reads one event of the Segment protocol into the last event of its batch.</summary>
internal static class EventObjectReader
{
    /// <summary>
    /// At the event's opening brace; moves to its closing one. <see cref="BodyReader.Reason"/> tells whether the event is valid.
    /// </summary>
    /// <param name="reader">At the event.</param>
    /// <param name="routeType">The call, where the route names it; default where the event's own <c>type</c> does.</param>
    /// <param name="vocabulary">Words of consent.</param>
    /// <param name="writeKey">The event's <c>writeKey</c>; untouched when it has none.</param>
    public static TrackedEvent Read(
        ref BodyReader reader, EventType routeType, ConsentVocabulary vocabulary, ref Utf8Slice writeKey)
    {
        reader.BeginEvent();
        var start = reader.TokenStart;
        var read = reader.Batch.AddEvent();
        var properties = EventProperties.None;
        var name = default(Utf8Slice);
        var eventName = default(Utf8Slice);
        var propertiesRaw = default(Utf8Slice);
        var traitsRaw = default(Utf8Slice);
        var timestampMs = long.MinValue;
        var originalMs = long.MinValue;
        while (reader.NextProperty(out var propertyName))
        {
            var field = FieldNames.EventFieldOf(propertyName);
            reader.Json.Read();
            switch (field)
            {
                case EventField.Type:
                    ReadType(ref reader, read, routeType);
                    break;
                case EventField.MessageId:
                    read.MessageId = reader.Id(field, ParserLimits.MessageIdBytes);
                    break;
                case EventField.AnonymousId:
                    read.AnonymousId = reader.Id(field, ParserLimits.TextBytes);
                    break;
                case EventField.UserId:
                    read.UserId = reader.Id(field, ParserLimits.TextBytes);
                    break;
                case EventField.PreviousId:
                    read.PreviousId = reader.Id(field, ParserLimits.TextBytes);
                    break;
                case EventField.Event:
                    eventName = reader.Id(field, ParserLimits.TextBytes);
                    break;
                case EventField.Name:
                    name = reader.Text();
                    break;
                case EventField.Timestamp:
                    timestampMs = reader.Time();
                    break;
                case EventField.OriginalTimestamp:
                    originalMs = reader.Time();
                    break;
                case EventField.SentAt:
                    read.SentAtMs = reader.Time();
                    break;
                case EventField.Context:
                    reader.Batch.RemoveIdentifiers(areOfCall: false);
                    read.Context = reader.BeginObject();
                    var context = ContextReader.Read(ref reader, vocabulary);
                    read.Context = reader.EndObject(read.Context);
                    read.ContextTraits = context.Traits;
                    read.SessionId = context.SessionId;
                    read.Consent = context.Consent;
                    read.ConsentDetails = context.Details;
                    break;
                case EventField.Properties:
                    reader.Batch.RemoveLastLines();
                    propertiesRaw = reader.BeginObject();
                    properties = PropertiesReader.Read(ref reader);
                    propertiesRaw = reader.EndObject(propertiesRaw);
                    break;
                case EventField.Traits:
                    reader.Batch.RemoveIdentifiers(areOfCall: true);
                    traitsRaw = reader.BeginObject();
                    IdentifierReader.ReadTraits(ref reader, areOfCall: true);
                    traitsRaw = reader.EndObject(traitsRaw);
                    break;
                case EventField.WriteKey:
                    writeKey = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        read.Raw = new Utf8Slice(start, reader.TokenEnd - start);
        read.Type = TypeOf(read, routeType, ref reader);
        read.Payload = read.Type is EventType.Identify or EventType.Group ? traitsRaw : propertiesRaw;
        read.OriginalTimestampMs = IsImported(reader.Batch)
            ? timestampMs
            : originalMs != long.MinValue ? originalMs : timestampMs;
        if (read.Type != EventType.Identify)
        {
            // The traits of a group call are the group's.
            reader.Batch.RemoveIdentifiers(areOfCall: true);
        }

        Name(read, eventName, name);
        properties.ApplyTo(read);
        Check(ref reader, read);
        return read;
    }

    /// <summary>Nobody corrects an imported event's clock: its <c>timestamp</c> is the time that it happened.</summary>
    private static bool IsImported(EventBatch batch) => batch.Origin == EventOrigin.Import;

    /// <summary>A line of an import that does not name its call is a track call, as exports of orders and views usually are.</summary>
    private static EventType TypeOf(TrackedEvent read, EventType routeType, ref BodyReader reader) =>
        routeType != default ? routeType
        : read.Type == default && reader.Reason == RefusalReason.None && IsImported(reader.Batch) ? EventType.Track
        : read.Type;

    private static void ReadType(ref BodyReader reader, TrackedEvent read, EventType routeType)
    {
        var type = FieldNames.TypeOf(reader.Batch.Text(reader.Text()));
        read.Type = type;
        if (type == default && routeType == default)
        {
            reader.Refuse(EventField.Type, RefusalReason.TypeUnknown);
        }
    }

    private static void Name(TrackedEvent read, Utf8Slice eventName, Utf8Slice name)
    {
        var isTrack = read.Type == EventType.Track;
        read.Name = isTrack ? eventName : name;
        read.Kind = isTrack ? EventTaxonomy.KindOf(read.Text(read.Name)) : EventKind.Other;
    }

    private static void Check(ref BodyReader reader, TrackedEvent read)
    {
        if (read.Type == default)
        {
            reader.Refuse(EventField.Type, RefusalReason.TypeMissing);
        }
        else if (read.UserId.IsEmpty && read.AnonymousId.IsEmpty)
        {
            reader.Refuse(EventField.UserId, RefusalReason.IdentityMissing);
        }
        else if (read.Type == EventType.Track && read.Name.IsEmpty)
        {
            reader.Refuse(EventField.Event, RefusalReason.NameMissing);
        }
        else if (IsImported(reader.Batch) && read.OriginalTimestampMs == long.MinValue)
        {
            reader.Refuse(EventField.Timestamp, RefusalReason.TimestampMissing);
        }
    }
}
