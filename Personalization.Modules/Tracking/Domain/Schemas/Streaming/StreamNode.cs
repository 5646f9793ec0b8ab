using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;

namespace Personalization.Tracking.Domain.Schemas.Streaming;

/// <summary>
/// A subschema of simple keywords, which is asked in one pass over the bytes: no tree, nothing allocated, and what nobody asked about is
/// skipped. Says only yes or no; the keywords themselves are those of the tree, so that both ways agree.
/// </summary>
internal sealed class StreamNode
{
    public JsonKinds Kinds { get; set; } = JsonKinds.Any;

    public BoundKeyword[] Bounds { get; set; } = [];

    public MultipleOfKeyword? MultipleOf { get; set; }

    public LengthKeyword[] Lengths { get; set; } = [];

    public PatternKeyword? Pattern { get; set; }

    public ScalarSet[] Enums { get; set; } = [];

    public CountKeyword[] Counts { get; set; } = [];

    /// <summary>Null when no property is described.</summary>
    public Utf8Table<StreamProperty>? Properties { get; set; }

    public StreamNode? Additional { get; set; }

    public bool IsClosed { get; set; }

    /// <summary>A bit for each property that must be there.</summary>
    public ulong Required { get; set; }

    public StreamNode[] Prefix { get; set; } = [];

    public StreamNode? Items { get; set; }

    /// <summary>The schema <c>false</c>.</summary>
    public bool IsNever { get; set; }

    /// <summary>Whether only the kind of a value matters: it is then skipped with all that is in it.</summary>
    private bool _isShallow;

    /// <summary>Called once all is set.</summary>
    public void Seal() => _isShallow = Counts.Length == 0 && Properties is null && Additional is null && !IsClosed && Required == 0 &&
        Prefix.Length == 0 && Items is null;

    /// <summary>At the first token of a value; moves to its last one, if the value is valid.</summary>
    public bool Read(ref Utf8JsonReader reader)
    {
        if (IsNever)
        {
            return false;
        }

        return reader.TokenType switch
        {
            JsonTokenType.String => Admits(JsonKinds.String) && ReadText(ref reader),
            JsonTokenType.Number => ReadNumber(ref reader),
            JsonTokenType.StartObject => Admits(JsonKinds.Object) && Enums.Length == 0 && (_isShallow ? Skip(ref reader) : ReadObject(ref reader)),
            JsonTokenType.StartArray => Admits(JsonKinds.Array) && Enums.Length == 0 && (_isShallow ? Skip(ref reader) : ReadArray(ref reader)),
            JsonTokenType.Null => Admits(JsonKinds.Null) && Array.TrueForAll(Enums, static values => values.HasNull),
            JsonTokenType.True => Admits(JsonKinds.Boolean) && Array.TrueForAll(Enums, static values => values.HasTrue),
            _ => Admits(JsonKinds.Boolean) && Array.TrueForAll(Enums, static values => values.HasFalse),
        };
    }

    private bool Admits(JsonKinds kind) => (Kinds & kind) != JsonKinds.None;

    private static bool Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }

    private bool ReadNumber(ref Utf8JsonReader reader)
    {
        var number = reader.ValueSpan;
        if (!Admits(JsonKinds.Number) && !(Admits(JsonKinds.Integer) && NumberBound.IsInteger(number)))
        {
            return false;
        }

        foreach (var bound in Bounds)
        {
            if (!bound.Admits(number))
            {
                return false;
            }
        }

        foreach (var values in Enums)
        {
            if (!values.HasNumber(number))
            {
                return false;
            }
        }

        return MultipleOf?.Admits(number) ?? true;
    }

    private bool ReadText(ref Utf8JsonReader reader)
    {
        if (Lengths.Length == 0 && Enums.Length == 0 && Pattern is null)
        {
            return true;
        }

        if (!reader.ValueIsEscaped)
        {
            return AdmitsText(reader.ValueSpan);
        }

        using var plain = new PlainText(reader.ValueSpan, stackalloc byte[PlainText.OnStack]);
        return AdmitsText(plain.Text);
    }

    private bool AdmitsText(ReadOnlySpan<byte> text)
    {
        foreach (var length in Lengths)
        {
            if (!length.Admits(text))
            {
                return false;
            }
        }

        foreach (var values in Enums)
        {
            if (!values.HasText(text))
            {
                return false;
            }
        }

        // A text that cannot be judged is invalid here, as everywhere; that this is why, and no mismatch, the tree tells.
        return Pattern?.Pattern.IsMatch(text, out _) ?? true;
    }

    private bool ReadArray(ref Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if ((count < Prefix.Length ? Prefix[count] : Items) is not { } schema)
            {
                reader.Skip();
            }
            else if (!schema.Read(ref reader))
            {
                return false;
            }

            count++;
        }

        return AdmitsCount(JsonKinds.Array, count);
    }

    private bool ReadObject(ref Utf8JsonReader reader)
    {
        var missing = Required;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            count++;
            var schema = Find(ref reader, ref missing, out var isKnown);
            if (!isKnown && IsClosed)
            {
                return false;
            }

            reader.Read();
            if (schema is null)
            {
                reader.Skip();
            }
            else if (!schema.Read(ref reader))
            {
                return false;
            }
        }

        return missing == 0 && AdmitsCount(JsonKinds.Object, count);
    }

    /// <summary>The schema of the property whose name the reader is at; null when anything may stand there.</summary>
    private StreamNode? Find(ref Utf8JsonReader reader, ref ulong missing, out bool isKnown)
    {
        isKnown = false;
        if (Properties is null)
        {
            return Additional;
        }

        StreamProperty property;
        if (reader.ValueIsEscaped)
        {
            using var plain = new PlainText(reader.ValueSpan, stackalloc byte[PlainText.OnStack]);
            isKnown = Properties.TryGet(plain.Text, out property);
        }
        else
        {
            isKnown = Properties.TryGet(reader.ValueSpan, out property);
        }

        missing &= ~property.RequiredBit;
        isKnown &= property.IsDescribed;
        return isKnown ? property.Schema : Additional;
    }

    private bool AdmitsCount(JsonKinds kind, int count)
    {
        foreach (var bound in Counts)
        {
            if (bound.Kind == kind && !bound.Admits(count))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What is known of a property by its name.</summary>
/// <param name="Schema">Null when anything may stand there.</param>
/// <param name="RequiredBit">0 when it may be absent.</param>
/// <param name="IsDescribed">Whether <c>properties</c> names it; one that is only required counts as additional.</param>
internal readonly record struct StreamProperty(StreamNode? Schema, ulong RequiredBit, bool IsDescribed);
