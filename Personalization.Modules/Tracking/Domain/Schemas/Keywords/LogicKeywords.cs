using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary><c>allOf</c>.</summary>
internal sealed class AllOfKeyword(string pointer, IReadOnlyList<SchemaNode> schemas) : Keyword("allOf", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var isValid = true;
        foreach (var schema in schemas)
        {
            isValid &= schema.Evaluate(run, instance, evaluated);
            if (!isValid && !run.IsTelling)
            {
                break;
            }
        }

        return isValid;
    }
}

/// <summary><c>anyOf</c>. When somebody asks what was evaluated, each alternative has its say.</summary>
internal sealed class AnyOfKeyword(string pointer, IReadOnlyList<SchemaNode> schemas) : Keyword("anyOf", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var muted = run.Mute();
        var isValid = false;
        foreach (var schema in schemas)
        {
            isValid |= schema.Evaluate(run, instance, evaluated);
            if (isValid && evaluated is null)
            {
                break;
            }
        }

        run.Unmute(muted);
        return isValid || run.Fail(this, $"Must match at least one of {schemas.Count} alternatives, and matches none.");
    }
}

/// <summary><c>oneOf</c>.</summary>
internal sealed class OneOfKeyword(string pointer, IReadOnlyList<SchemaNode> schemas) : Keyword("oneOf", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => schemas;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var muted = run.Mute();
        var matches = 0;
        foreach (var schema in schemas)
        {
            matches += schema.Evaluate(run, instance, evaluated) ? 1 : 0;
            if (matches > 1)
            {
                break;
            }
        }

        run.Unmute(muted);
        return matches == 1 ||
            run.Fail(this, $"Must match exactly one of {schemas.Count} alternatives, and matches {(matches == 0 ? "none" : "several")}.");
    }
}

/// <summary><c>not</c>.</summary>
internal sealed class NotKeyword(string pointer, SchemaNode schema) : Keyword("not", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => [schema];

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var muted = run.Mute();
        var isMatch = schema.Evaluate(run, instance, null);
        run.Unmute(muted);
        return !isMatch || run.Fail(this, "Must not match what 'not' describes, but does.");
    }
}

/// <summary><c>if</c>, <c>then</c> and <c>else</c>.</summary>
internal sealed class IfKeyword(string pointer, SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) : Keyword("if", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => new[] { condition, then, otherwise }.OfType<SchemaNode>();

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        var muted = run.Mute();
        var isMatch = condition.Evaluate(run, instance, evaluated);
        run.Unmute(muted);
        return (isMatch ? then : otherwise)?.Evaluate(run, instance, evaluated) ?? true;
    }
}
