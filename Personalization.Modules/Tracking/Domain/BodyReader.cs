using System.Diagnostics;
using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Kernel.Time;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// A JSON reader over a piece of a batch's buffer that hands out texts as slices of that buffer. The first fault of the event
/// that is being read is kept; reading goes on to its end, so that its neighbours are found.
/// </summary>
internal ref struct BodyReader
{
    public Utf8JsonReader Json;

    /// <summary>Why the current event is refused, if it is.</summary>
    public RefusalReason Reason;
    public EventField Field;

    /// <summary>Products beyond the bound on lines.</summary>
    public int IgnoredLines;

    /// <summary>Kinds of identifiers to look for besides the protocol's own; null where no event is read.</summary>
    public IdentifierVocabulary? Identifiers;

    private readonly EventBatch _batch;
    private readonly int _origin;
    private int _depthLimit;

    /// <param name="batch">Owns the buffer. Grows here once, or not at all: the reader looks at its present array.</param>
    /// <param name="start">First byte of the JSON in the buffer.</param>
    /// <param name="length">Its length.</param>
    public BodyReader(EventBatch batch, int start, int length)
    {
        if (batch.Buffer.AsSpan(start, length).Contains((byte)'\\'))
        {
            batch.EnsureBuffer(batch.BufferLength + length);
        }

        _batch = batch;
        _origin = start;
        _depthLimit = int.MaxValue;
        Json = new Utf8JsonReader(batch.Buffer.AsSpan(start, length), new JsonReaderOptions { MaxDepth = ParserLimits.BodyDepth });
    }

    public readonly EventBatch Batch => _batch;

    /// <summary>Where the current token starts in the buffer.</summary>
    public readonly int TokenStart => _origin + (int)Json.TokenStartIndex;

    /// <summary>The first byte after the current token.</summary>
    public readonly int TokenEnd => _origin + (int)Json.BytesConsumed;

    /// <summary>Begins an event at its opening brace.</summary>
    public void BeginEvent()
    {
        Reason = RefusalReason.None;
        Field = EventField.Unknown;
        _depthLimit = Json.CurrentDepth + ParserLimits.EventDepth;
    }

    /// <summary>Before the current value is read: remembers where it starts if it is an object.</summary>
    public readonly Utf8Slice BeginObject() => Json.TokenType == JsonTokenType.StartObject ? new Utf8Slice(TokenStart, 1) : default;

    /// <summary>The same for an array.</summary>
    public readonly Utf8Slice BeginArray() => Json.TokenType == JsonTokenType.StartArray ? new Utf8Slice(TokenStart, 1) : default;

    /// <summary>After it was read: the whole of it, or empty when it was none.</summary>
    public readonly Utf8Slice EndObject(Utf8Slice begun) =>
        begun.IsEmpty ? begun : new Utf8Slice(begun.Start, TokenEnd - begun.Start);

    /// <summary>Keeps the first fault of the event.</summary>
    public void Refuse(EventField field, RefusalReason reason)
    {
        if (Reason == RefusalReason.None)
        {
            Reason = reason;
            Field = field;
        }
    }

    /// <summary>The next property's name; false at the end of the object.</summary>
    public bool NextProperty(out ReadOnlySpan<byte> name)
    {
        Json.Read();
        if (Json.TokenType == JsonTokenType.EndObject)
        {
            name = default;
            return false;
        }

        name = Json.ValueIsEscaped ? _batch.Text(Unescaped(out _)) : Json.ValueSpan;
        return true;
    }

    /// <summary>Moves behind the current value, whatever it is.</summary>
    public void Skip()
    {
        if (Json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }

        var depth = Json.CurrentDepth;
        do
        {
            if (Json.CurrentDepth >= _depthLimit && Json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                Refuse(EventField.Unknown, RefusalReason.TooDeep);
            }

            Json.Read();
        }
        while (Json.CurrentDepth > depth);
    }

    /// <summary>
    /// An identifier or an event's name: text, or a number as it is written; empty for null. Anything else refuses the event.
    /// </summary>
    public Utf8Slice Id(EventField field, int maxBytes)
    {
        var text = Text(out var isText, out var hasLoneSurrogate);
        if (!isText)
        {
            Refuse(field, RefusalReason.NotText);
        }
        else if (hasLoneSurrogate && field != EventField.Event)
        {
            // Replacing the half pair could make two people's ids equal.
            Refuse(field, RefusalReason.BrokenText);
        }
        else if (text.Length > maxBytes)
        {
            Refuse(field, RefusalReason.TooLong);
        }

        return text;
    }

    /// <summary>A text, or a number as it is written; empty when it is neither or longer than texts may be.</summary>
    public Utf8Slice Text() => Text(ParserLimits.TextBytes);

    /// <summary>The same with another bound.</summary>
    public Utf8Slice Text(int maxBytes)
    {
        var text = Text(out _, out _);
        return text.Length > maxBytes ? default : text;
    }

    /// <summary>A finite number, also one inside a text; NaN otherwise.</summary>
    public float Number()
    {
        var text = Text(out _, out _);
        if (text.IsEmpty || !Utf8Number.TryParse(_batch.Text(text).Trim((byte)' '), out var number))
        {
            return float.NaN;
        }

        var single = (float)number;
        return float.IsFinite(single) ? single : float.NaN;
    }

    /// <summary>Unix ms; <see cref="long.MinValue"/> when the value is no time.</summary>
    public long Time()
    {
        var isNumber = Json.TokenType == JsonTokenType.Number;
        var text = _batch.Text(Text(out _, out _));
        return (isNumber ? UnixTime.TryParseNumber(text, out var unixMs) : UnixTime.TryParse(text, out unixMs)) ? unixMs : long.MinValue;
    }

    private Utf8Slice Text(out bool isText, out bool hasLoneSurrogate)
    {
        hasLoneSurrogate = false;
        isText = true;
        switch (Json.TokenType)
        {
            case JsonTokenType.String:
                return Json.ValueIsEscaped ? Unescaped(out hasLoneSurrogate) : new Utf8Slice(TokenStart + 1, Json.ValueSpan.Length);
            case JsonTokenType.Number:
                return new Utf8Slice(TokenStart, Json.ValueSpan.Length);
            case JsonTokenType.Null:
                return default;
            default:
                isText = false;
                Skip();
                return default;
        }
    }

    /// <summary>
    /// Appends the text to the buffer. It fits: it is no longer than its source, each source is read once, and there is room for all
    /// of them.
    /// </summary>
    private readonly Utf8Slice Unescaped(out bool hasLoneSurrogate)
    {
        var start = _batch.BufferLength;
        Debug.Assert(start + Json.ValueSpan.Length <= _batch.Buffer.Length, "Room for escaped texts was made at the start.");
        var length = JsonText.Unescape(Json.ValueSpan, _batch.Buffer.AsSpan(start), out hasLoneSurrogate);
        _batch.BufferLength += length;
        return new Utf8Slice(start, length);
    }
}
