using System.Text.Json;
using Personalization.Features.Domain.Declared.Aggregates;

namespace Personalization.Features.Domain.Declared;

/// <summary>What features keep of a person, in words.</summary>
internal static class FeatureExport
{
    public static void Write(Utf8JsonWriter json, int profileId, KeyState state, FeatureSet features, in ReadTime at, IValueTexts texts)
    {
        json.WriteStartObject();
        json.WriteNumber("profileId", profileId);
        json.WriteStartArray("features");
        foreach (var version in features.Versions)
        {
            if (version.Aggregate is { } aggregate && state.Section(version.Number) is { IsEmpty: false } section)
            {
                json.WriteStartObject();
                json.WriteString("id", version.Id);
                json.WriteNumber("version", version.Version);
                WriteValue(json, aggregate, section, in at, texts);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A feature's <c>value</c>, and its <c>values</c> when there are several.</summary>
    public static void WriteValue(Utf8JsonWriter json, Aggregate aggregate, ReadOnlySpan<byte> state, in ReadTime at, IValueTexts texts)
    {
        Span<byte> encoded = stackalloc byte[EncodedValue.MaxBytes];
        var number = aggregate.Read(state, in at, encoded, out var length, out _);
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        json.WritePropertyName("value");
        WriteScalar(json, length == 0 ? number : EncodedValue.ToScalar(encoded[..length], texts, text), text);

        var listed = new List<ListedValue>();
        aggregate.List(state, in at, listed);
        if (listed.Count > 0)
        {
            WriteList(json, listed, texts);
        }
    }

    public static void WriteScalar(Utf8JsonWriter json, Scalar value, ReadOnlySpan<byte> text)
    {
        switch (value.Kind)
        {
            case ScalarKind.Number:
                json.WriteNumberValue(value.AsNumber);
                break;
            case ScalarKind.Text:
                json.WriteStringValue(value.TextIn(text));
                break;
            case ScalarKind.True or ScalarKind.False:
                json.WriteBooleanValue(value.Kind == ScalarKind.True);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static void WriteList(Utf8JsonWriter json, List<ListedValue> listed, IValueTexts texts)
    {
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        json.WriteStartArray("values");
        foreach (var each in listed)
        {
            json.WriteStartObject();
            json.WritePropertyName("value");
            WriteScalar(json, EncodedValue.ToScalar(each.Value, texts, text), text);
            if (each.Weight is { } weight)
            {
                json.WriteNumber("weight", weight);
            }

            if (each.TimeMs is { } time)
            {
                json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(time));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
