using System.Text;
using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Patterns;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary>
/// <c>properties</c>, <c>patternProperties</c>, and <c>additionalProperties</c>, which takes what is left of them. A repeated key is checked as
/// often as it stands there.
/// </summary>
internal sealed class PropertiesKeyword(
    string name,
    string pointer,
    Utf8Table<SchemaNode> named,
    IReadOnlyList<(SchemaPattern Pattern, SchemaNode Schema)> patterns,
    SchemaNode? additional)
    : Keyword(name, pointer)
{
    public Utf8Table<SchemaNode> Named { get; } = named;

    public IReadOnlyList<(SchemaPattern Pattern, SchemaNode Schema)> Patterns { get; } = patterns;

    public SchemaNode? Additional { get; } = additional;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var isValid = true;
        var index = 0;
        foreach (var property in instance.EnumerateObject())
        {
            var key = InstanceText.NameOf(property);
            run.Descend(key);
            isValid &= EvaluateProperty(run, key, property.Value, out var isKnown);
            run.Ascend();
            if (isKnown)
            {
                evaluated?.Add(index);
            }

            index++;
            if (!isValid && !run.IsTelling)
            {
                break;
            }
        }

        return isValid;
    }

    private bool EvaluateProperty(Evaluation run, ReadOnlySpan<byte> key, JsonElement value, out bool isKnown)
    {
        var isValid = true;
        isKnown = false;
        if (Named.TryGet(key, out var schema))
        {
            isKnown = true;
            isValid = schema!.Evaluate(run, value, null);
        }

        foreach (var (pattern, matching) in Patterns)
        {
            if (run.IsMatch(pattern, key))
            {
                isKnown = true;
                isValid &= matching.Evaluate(run, value, null);
            }
        }

        if (!isKnown && Additional is not null)
        {
            isKnown = true;
            isValid = Additional.Evaluate(run, value, null);
        }

        return isValid;
    }
}

/// <summary>A name that a schema looks for, with its UTF-8.</summary>
internal sealed record PropertyName(string Text)
{
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Text);
}

/// <summary><c>required</c>.</summary>
internal sealed class RequiredKeyword(string pointer, IReadOnlyList<PropertyName> names) : Keyword("required", pointer)
{
    public IReadOnlyList<PropertyName> Names { get; } = names;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var isValid = true;
        foreach (var name in Names)
        {
            if (!run.Has(instance, name))
            {
                isValid = run.Fail(this, $"'{name.Text}' is missing.");
                if (!run.IsTelling)
                {
                    break;
                }
            }
        }

        return isValid;
    }
}

/// <summary><c>dependentRequired</c>.</summary>
internal sealed class DependentRequiredKeyword(string pointer, IReadOnlyList<(PropertyName Name, PropertyName[] Needed)> rules)
    : Keyword("dependentRequired", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var isValid = true;
        foreach (var (name, needed) in rules)
        {
            if (run.Has(instance, name) && Array.Find(needed, each => !run.Has(instance, each)) is { } missing)
            {
                isValid = run.Fail(this, $"'{missing.Text}' is missing, which '{name.Text}' needs beside it.");
            }
        }

        return isValid;
    }
}

/// <summary><c>dependentSchemas</c>.</summary>
internal sealed class DependentSchemasKeyword(string pointer, IReadOnlyList<(PropertyName Name, SchemaNode Schema)> rules)
    : Keyword("dependentSchemas", pointer)
{
    public override IEnumerable<SchemaNode> InPlace => rules.Select(rule => rule.Schema);

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var isValid = true;
        foreach (var (name, schema) in rules)
        {
            isValid &= !run.Has(instance, name) || schema.Evaluate(run, instance, evaluated);
        }

        return isValid;
    }
}

/// <summary><c>propertyNames</c>.</summary>
internal sealed class PropertyNamesKeyword(string pointer, SchemaNode schema) : Keyword("propertyNames", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Object)
        {
            return true;
        }

        var isValid = true;
        foreach (var property in instance.EnumerateObject())
        {
            var name = InstanceText.NameOf(property);
            using var text = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(InstanceText.Text(name)));
            var muted = run.Mute();
            var isNameValid = schema.Evaluate(run, text.RootElement, null);
            run.Unmute(muted);
            if (!isNameValid)
            {
                run.Descend(name);
                isValid = run.Fail(this, "Must not bear this name.");
                run.Ascend();
                if (!run.IsTelling)
                {
                    break;
                }
            }
        }

        return isValid;
    }
}
