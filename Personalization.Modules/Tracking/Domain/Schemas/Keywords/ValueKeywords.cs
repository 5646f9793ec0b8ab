using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary>Kinds of JSON values, as bits. An integer is a number without a fraction.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    Number = 16,
    String = 32,
    Integer = 64,
    Any = Null | Boolean | Object | Array | Number | String | Integer,
}

/// <summary><c>type</c>.</summary>
internal sealed class TypeKeyword(string pointer, JsonKinds kinds) : Keyword("type", pointer)
{
    public JsonKinds Kinds { get; } = kinds;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var kind = Of(instance.ValueKind);
        if ((Kinds & kind) != JsonKinds.None ||
            (kind == JsonKinds.Number && Kinds.HasFlag(JsonKinds.Integer) && NumberBound.IsInteger(InstanceText.NumberOf(instance))))
        {
            return true;
        }

        return run.Fail(this, $"Must be {Names(Kinds)}, but is {Names(kind)}.");
    }

    /// <summary>Null for a word that is no type.</summary>
    public static JsonKinds? Parse(string? name) => name switch
    {
        "null" => JsonKinds.Null,
        "boolean" => JsonKinds.Boolean,
        "object" => JsonKinds.Object,
        "array" => JsonKinds.Array,
        "number" => JsonKinds.Number,
        "string" => JsonKinds.String,
        "integer" => JsonKinds.Integer,
        _ => null,
    };

    public static JsonKinds Of(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Null => JsonKinds.Null,
        JsonValueKind.True or JsonValueKind.False => JsonKinds.Boolean,
        JsonValueKind.Object => JsonKinds.Object,
        JsonValueKind.Array => JsonKinds.Array,
        JsonValueKind.Number => JsonKinds.Number,
        _ => JsonKinds.String,
    };

    private static string Names(JsonKinds kinds) => string.Join(" or ", Enum.GetValues<JsonKinds>()
        .Where(kind => kind is not (JsonKinds.None or JsonKinds.Any) && kinds.HasFlag(kind))
        .Select(kind => kind.ToString().ToLowerInvariant()));
}

/// <summary><c>enum</c>, and <c>const</c>, which is an enumeration of one.</summary>
internal sealed class EnumKeyword(string name, string pointer, IReadOnlyList<JsonElement> values) : Keyword(name, pointer)
{
    private const int ShownValues = 10;
    private const int ShownLetters = 200;
    private readonly HashSet<string> _texts =
        [.. values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)];

    private readonly JsonElement[] _others = [.. values.Where(value => value.ValueKind != JsonValueKind.String)];

    public IReadOnlyList<JsonElement> Values { get; } = values;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var isMember = instance.ValueKind == JsonValueKind.String
            ? _texts.Contains(InstanceText.Text(InstanceText.Of(instance)))
            : Array.Exists(_others, value => JsonEquality.AreEqual(value, instance, run));
        return isMember || run.Fail(this, Describe());
    }

    private string Describe()
    {
        var shown = string.Join(", ", Values.Take(ShownValues).Select(value => value.GetRawText()));
        return Values.Count > ShownValues || shown.Length > ShownLetters
            ? $"Must be one of {Values.Count} values that the schema lists."
            : $"Must be {(Values.Count == 1 ? "" : "one of ")}{shown}.";
    }
}

/// <summary>The schema <c>false</c>, which bears the name of the keyword that it stands at.</summary>
internal sealed class FalseKeyword(string name, string pointer) : Keyword(name, pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) => run.Fail(this, "Must not be here.");
}
