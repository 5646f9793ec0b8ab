using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Streaming;

/// <summary>The values of an enumeration without objects and arrays.</summary>
internal sealed class ScalarSet
{
    private readonly Utf8Table<bool> _texts;
    private readonly NumberBound[] _numbers;

    private ScalarSet(IReadOnlyList<JsonElement> values)
    {
        _texts = new Utf8Table<bool>([.. values
            .Where(value => value.ValueKind == JsonValueKind.String).Select(value => KeyValuePair.Create(value.GetString()!, true))]);
        _numbers = [.. values.Where(value => value.ValueKind == JsonValueKind.Number).Select(value => new NumberBound(value.GetRawText()))];
        HasNull = values.Any(value => value.ValueKind == JsonValueKind.Null);
        HasTrue = values.Any(value => value.ValueKind == JsonValueKind.True);
        HasFalse = values.Any(value => value.ValueKind == JsonValueKind.False);
    }

    public bool HasNull { get; }

    public bool HasTrue { get; }

    public bool HasFalse { get; }

    /// <summary>Null when an object or array is among the values, or very many numbers, which would be compared one by one.</summary>
    public static ScalarSet? Of(IReadOnlyList<JsonElement> values) =>
        values.Any(value => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) ||
        values.Count(value => value.ValueKind == JsonValueKind.Number) > 64
            ? null
            : new ScalarSet(values);

    public bool HasText(ReadOnlySpan<byte> text) => _texts.TryGet(text, out _);

    public bool HasNumber(ReadOnlySpan<byte> number)
    {
        foreach (var each in _numbers)
        {
            if (each.Compare(number) == 0)
            {
                return true;
            }
        }

        return false;
    }
}
