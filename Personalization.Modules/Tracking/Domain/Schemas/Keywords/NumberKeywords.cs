using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

internal enum BoundKind
{
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
}

/// <summary><c>minimum</c>, <c>maximum</c> and their exclusive kin.</summary>
internal sealed class BoundKeyword(string name, string pointer, BoundKind kind, NumberBound bound) : Keyword(name, pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) =>
        instance.ValueKind != JsonValueKind.Number || Admits(InstanceText.NumberOf(instance)) || run.Fail(this, $"Must be {Words} {bound.Text}.");

    public bool Admits(ReadOnlySpan<byte> number)
    {
        var order = bound.Compare(number);
        return kind switch
        {
            BoundKind.Minimum => order >= 0,
            BoundKind.Maximum => order <= 0,
            BoundKind.ExclusiveMinimum => order > 0,
            _ => order < 0,
        };
    }

    private string Words => kind switch
    {
        BoundKind.Minimum => "at least",
        BoundKind.Maximum => "at most",
        BoundKind.ExclusiveMinimum => "more than",
        _ => "less than",
    };
}

/// <summary><c>multipleOf</c>.</summary>
internal sealed class MultipleOfKeyword(string pointer, NumberBound divisor) : Keyword("multipleOf", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) =>
        instance.ValueKind != JsonValueKind.Number || Admits(InstanceText.NumberOf(instance)) ||
        run.Fail(this, $"Must be a multiple of {divisor.Text}.");

    public bool Admits(ReadOnlySpan<byte> number) => divisor.Divides(number);
}
