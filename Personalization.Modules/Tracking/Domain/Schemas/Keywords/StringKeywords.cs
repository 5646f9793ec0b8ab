using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Patterns;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary><c>minLength</c> and <c>maxLength</c>, in code points.</summary>
internal sealed class LengthKeyword(string name, string pointer, bool isMinimum, int bound) : Keyword(name, pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) =>
        instance.ValueKind != JsonValueKind.String || Admits(InstanceText.Of(instance)) ||
        run.Fail(this, $"Must have at {(isMinimum ? "least" : "most")} {bound} characters.");

    /// <summary>A code point has one to four bytes, so that nearly every text needs no counting.</summary>
    public bool Admits(ReadOnlySpan<byte> text) => isMinimum
        ? (text.Length + 3L) / 4 >= bound || (text.Length >= bound && InstanceText.CodePoints(text) >= bound)
        : text.Length <= bound || InstanceText.CodePoints(text) <= bound;
}

/// <summary><c>pattern</c>.</summary>
internal sealed class PatternKeyword(string pointer, SchemaPattern pattern) : Keyword("pattern", pointer)
{
    public SchemaPattern Pattern { get; } = pattern;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) =>
        instance.ValueKind != JsonValueKind.String || run.IsMatch(Pattern, InstanceText.Of(instance)) ||
        run.Fail(this, $"Must match the pattern {Pattern.Source}");
}
