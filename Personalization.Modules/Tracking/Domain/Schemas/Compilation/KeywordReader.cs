using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;
using Personalization.Tracking.Domain.Schemas.Patterns;

namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>Reads the values of one schema object's keywords; a value that is not what its keyword takes is an error.</summary>
internal sealed class KeywordReader(JsonElement schema, string pointer, SchemaErrors errors, SchemaLimits limits)
{
    private const int MaxDivisorDigits = 100;

    public string At(string keyword) => $"{pointer}/{keyword}";

    public string At(string keyword, string member) => JsonPointer.Append(At(keyword), member);

    public string At(string keyword, int index) => $"{pointer}/{keyword}/{index}";

    public bool TryGet(string keyword, out JsonElement value) => schema.TryGetProperty(keyword, out value);

    public void Refuse(string keyword, string mustBe) => errors.Add(At(keyword), $"'{keyword}' must be {mustBe}.");

    /// <summary>A count; null when it is absent.</summary>
    public int? Count(string keyword)
    {
        if (!TryGet(keyword, out var value))
        {
            return null;
        }

        var number = value.ValueKind == JsonValueKind.Number ? ExactNumber.Parse(InstanceText.NumberOf(value)) : null;
        if (number is not { IsInteger: true, Sign: >= 0 })
        {
            Refuse(keyword, "a whole number, 0 or more");
            return null;
        }

        return value.TryGetDouble(out var count) && count <= int.MaxValue - 1 ? (int)count : int.MaxValue - 1;
    }

    public NumberBound? Number(string keyword)
    {
        if (!TryGet(keyword, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number)
        {
            Refuse(keyword, "a number");
            return null;
        }

        return new NumberBound(value.GetRawText());
    }

    public NumberBound? Divisor(string keyword)
    {
        if (Number(keyword) is not { } number)
        {
            return null;
        }

        if (number.Exact.Sign <= 0 || number.Exact.Digits.Length > MaxDivisorDigits)
        {
            Refuse(keyword, $"a number above 0 of at most {MaxDivisorDigits} digits");
            return null;
        }

        return number;
    }

    public bool Flag(string keyword)
    {
        if (!TryGet(keyword, out var value))
        {
            return false;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(keyword, "true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    public string? Text(string keyword)
    {
        if (!TryGet(keyword, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(keyword, "text");
            return null;
        }

        return value.GetString();
    }

    /// <summary>The members of an object; none when it is absent.</summary>
    public IEnumerable<JsonProperty> Members(string keyword, string of)
    {
        if (!TryGet(keyword, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Refuse(keyword, $"an object of {of}");
            return [];
        }

        return value.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).Select(same => same.Last());
    }

    /// <summary>The number of subschemas in a list; 0 when it is absent or not a list.</summary>
    public int Schemas(string keyword)
    {
        if (!TryGet(keyword, out var value))
        {
            return 0;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Refuse(keyword, "a list of at least one schema");
            return 0;
        }

        return value.GetArrayLength();
    }

    public PropertyName[] Names(string pointerOfList, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
        {
            errors.Add(pointerOfList, "Must be a list of names of properties.");
            return [];
        }

        var names = list.EnumerateArray().Select(name => name.GetString()!).ToArray();
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            errors.Add(pointerOfList, "Must not name a property twice.");
        }

        return names.Select(name => new PropertyName(name)).ToArray();
    }

    public JsonKinds? Kinds()
    {
        if (!TryGet("type", out var value))
        {
            return null;
        }

        var kinds = JsonKinds.None;
        JsonElement[] named = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        foreach (var each in named)
        {
            var kind = each.ValueKind == JsonValueKind.String ? TypeKeyword.Parse(each.GetString()) : null;
            if (kind is null || (kinds & kind) != JsonKinds.None)
            {
                kinds = JsonKinds.None;
                break;
            }

            kinds |= kind.Value;
        }

        if (kinds == JsonKinds.None)
        {
            Refuse("type", "one or, in a list, several of null, boolean, object, array, number, integer, string");
            return null;
        }

        return kinds;
    }

    public SchemaPattern? Pattern(string at, string source)
    {
        var pattern = SchemaPattern.Compile(source, limits.OnlyLinearPatterns, out var error);
        if (pattern is null)
        {
            errors.Add(at, $"The pattern cannot be used: {error}.");
        }

        return pattern;
    }
}
