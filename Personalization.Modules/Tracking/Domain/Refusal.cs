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
}

/// <summary>One event that was refused while the rest of its request was taken.</summary>
/// <param name="Index">Place in the request, from 0.</param>
/// <param name="Field">The field at fault; <see cref="EventField.Unknown"/> when it is the event as a whole.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Raw">The event as it came, in the batch's buffer.</param>
internal readonly record struct Refusal(int Index, EventField Field, RefusalReason Reason, Utf8Slice Raw)
{
    /// <summary>A sentence for the client's developer, without anything that the client sent.</summary>
    public string Describe() => Reason switch
    {
        RefusalReason.NotAnObject => "An event must be a JSON object.",
        RefusalReason.TypeMissing => "'type' is missing.",
        RefusalReason.TypeUnknown => "'type' must be track, identify, page, screen, group or alias.",
        RefusalReason.IdentityMissing => "'userId' or 'anonymousId' is needed, not empty.",
        RefusalReason.NameMissing => "'event' is needed in a track call, not empty.",
        RefusalReason.NotText => $"'{Name}' must be text or a number.",
        RefusalReason.TooLong => $"'{Name}' is too long: at most {Limit} bytes.",
        RefusalReason.BrokenText => $"'{Name}' holds half a surrogate pair.",
        RefusalReason.TooLarge => "The event has more bytes than one event may have.",
        RefusalReason.TooDeep => $"The event is nested deeper than {ParserLimits.EventDepth} levels.",
        _ => "The event is not valid.",
    };

    private string Name => char.ToLowerInvariant(Field.ToString()[0]) + Field.ToString()[1..];

    private int Limit => Field == EventField.MessageId ? ParserLimits.MessageIdBytes : ParserLimits.TextBytes;
}

/// <summary>Refused events by <see cref="RefusalReason"/>.</summary>
[InlineArray(Length)]
internal struct RefusalCounts
{
    public const int Length = (int)RefusalReason.TooDeep + 1;

    private int _first;
}

/// <summary>The first refusals of a request; the rest is only counted.</summary>
[InlineArray(Capacity)]
internal struct FirstRefusals
{
    public const int Capacity = 4;

    private Refusal _first;
}
