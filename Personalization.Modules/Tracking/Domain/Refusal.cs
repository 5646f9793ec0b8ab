using System.Runtime.CompilerServices;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>Why an event was refused. Names of a metric's values: they stay.</summary>
internal enum RefusalReason : byte
{
    None,
    NotAnObject,
    TypeMissing,
    TypeUnknown,
    IdentityMissing,
    NameMissing,
    NotText,
    TooLong,
    BrokenText,
    TooLarge,
    TooDeep,
    SchemaViolated,
    TimestampMissing,
    NotJson,
    WrongColumns,
}

/// <summary>One event that was refused while the rest of its request was taken.</summary>
/// <param name="Index">Place in the request, from 0.</param>
/// <param name="Field">The field at fault; <see cref="EventField.Unknown"/> when it is the event as a whole.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Raw">The event as it came, in the batch's buffer.</param>
internal readonly record struct Refusal(int Index, EventField Field, RefusalReason Reason, Utf8Slice Raw)
{
    /// <summary>The call; default when it could not be told.</summary>
    public EventType Type { get; init; }

    /// <summary>What could be read of the event, in the batch's buffer; empty where nothing could.</summary>
    public Utf8Slice Name { get; init; }

    public Utf8Slice MessageId { get; init; }

    public Utf8Slice AnonymousId { get; init; }

    public Utf8Slice UserId { get; init; }

    /// <summary>What a check found, where one did: a sentence of its own, and the place as a JSON pointer into the event.</summary>
    public EventFault? Fault { get; init; }

    /// <summary>Line of the import that the event stood in, from 1; 0 when it came otherwise.</summary>
    public long Line { get; init; }

    /// <summary>Whether <see cref="Raw"/> is only the beginning: the rest was passed over unread.</summary>
    public bool IsSample { get; init; }

    /// <summary>JSON pointer (RFC 6901) into the event; empty when it is the event as a whole.</summary>
    public string Location => Fault is { } fault ? fault.Location : Field == EventField.Unknown ? "" : "/" + FieldName;

    /// <summary>The refusal of an event that was read.</summary>
    public static Refusal Of(TrackedEvent read, int index, EventField field, RefusalReason reason, EventFault? fault = null) =>
        new(index, field, reason, read.Raw)
        {
            Type = read.Type,
            Name = read.Name,
            MessageId = read.MessageId,
            AnonymousId = read.AnonymousId,
            UserId = read.UserId,
            Fault = fault,
        };

    /// <summary>A sentence for the client's developer, without anything that the client sent.</summary>
    public string Describe() => Line == 0 ? Explain() : $"Line {Line}: {Explain()}";

    /// <summary>The same without the line.</summary>
    public string Explain() => Fault?.Detail ?? Reason switch
    {
        RefusalReason.NotAnObject => "An event must be a JSON object.",
        RefusalReason.TypeMissing => "'type' is missing.",
        RefusalReason.TypeUnknown => "'type' must be track, identify, page, screen, group or alias.",
        RefusalReason.IdentityMissing => "'userId' or 'anonymousId' is needed, not empty.",
        RefusalReason.NameMissing => "'event' is needed in a track call, not empty.",
        RefusalReason.NotText => $"'{FieldName}' must be text or a number.",
        RefusalReason.TooLong => $"'{FieldName}' is too long: at most {Limit} bytes.",
        RefusalReason.BrokenText => $"'{FieldName}' holds half a surrogate pair.",
        RefusalReason.TooLarge => "The event has more bytes than one event may have.",
        RefusalReason.TooDeep => $"The event is nested deeper than {ParserLimits.EventDepth} levels.",
        RefusalReason.TimestampMissing => "'timestamp' is needed in an import: ISO 8601, or Unix seconds or milliseconds.",
        RefusalReason.NotJson => "The line is not one JSON object in UTF-8.",
        RefusalReason.WrongColumns => "The row does not fit the header.",
        _ => "The event is not valid.",
    };

    private string FieldName => char.ToLowerInvariant(Field.ToString()[0]) + Field.ToString()[1..];

    private int Limit => Field == EventField.MessageId ? ParserLimits.MessageIdBytes : ParserLimits.TextBytes;
}

/// <summary>Refused events by <see cref="RefusalReason"/>.</summary>
[InlineArray(Length)]
internal struct RefusalCounts
{
    public const int Length = (int)RefusalReason.WrongColumns + 1;

    private int _first;
}
