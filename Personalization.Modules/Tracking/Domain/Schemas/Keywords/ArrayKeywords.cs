using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary><c>prefixItems</c> and <c>items</c>, which takes what is left of them.</summary>
internal sealed class ItemsKeyword(string name, string pointer, IReadOnlyList<SchemaNode> prefix, SchemaNode? rest) : Keyword(name, pointer)
{
    public IReadOnlyList<SchemaNode> Prefix { get; } = prefix;

    public SchemaNode? Rest { get; } = rest;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Array)
        {
            return true;
        }

        var isValid = true;
        var index = 0;
        foreach (var item in instance.EnumerateArray())
        {
            var schema = index < Prefix.Count ? Prefix[index] : Rest;
            if (schema is null)
            {
                break;
            }

            evaluated?.Add(index);
            run.Descend(index++);
            isValid &= schema.Evaluate(run, item, null);
            run.Ascend();
            if (!isValid && !run.IsTelling)
            {
                break;
            }
        }

        return isValid;
    }
}

/// <summary><c>contains</c> with its bounds.</summary>
internal sealed class ContainsKeyword(string pointer, SchemaNode schema, int least, int most) : Keyword("contains", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Array)
        {
            return true;
        }

        var found = 0;
        var index = 0;
        var muted = run.Mute();
        foreach (var item in instance.EnumerateArray())
        {
            if (schema.Evaluate(run, item, null))
            {
                found++;
                evaluated?.Add(index);
            }

            index++;
            if (found > most || (evaluated is null && most == int.MaxValue && found >= least))
            {
                break;
            }
        }

        run.Unmute(muted);
        return found < least ? run.Fail(this, $"Must have at least {least} items of the kind that 'contains' describes.")
            : found <= most || run.Fail(this, $"Must have at most {most} items of the kind that 'contains' describes.");
    }
}

/// <summary><c>uniqueItems</c>. Only items of equal hash are compared.</summary>
internal sealed class UniqueItemsKeyword(string pointer) : Keyword("uniqueItems", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (instance.ValueKind != JsonValueKind.Array)
        {
            return true;
        }

        var seen = new Dictionary<int, List<JsonElement>>();
        foreach (var item in instance.EnumerateArray())
        {
            var hash = JsonEquality.Hash(item, run);
            if (!seen.TryGetValue(hash, out var alike))
            {
                seen.Add(hash, [item]);
            }
            else if (alike.Exists(other => JsonEquality.AreEqual(item, other, run)))
            {
                return run.Fail(this, "Must not have two equal items.");
            }
            else
            {
                alike.Add(item);
            }
        }

        return true;
    }
}

/// <summary><c>minItems</c>, <c>maxItems</c>, <c>minProperties</c> and <c>maxProperties</c>.</summary>
internal sealed class CountKeyword(string name, string pointer, JsonKinds kind, bool isMinimum, int bound) : Keyword(name, pointer)
{
    public JsonKinds Kind { get; } = kind;

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (TypeKeyword.Of(instance.ValueKind) != Kind)
        {
            return true;
        }

        var count = Kind == JsonKinds.Array ? instance.GetArrayLength() : instance.GetPropertyCount();
        return Admits(count) ||
            run.Fail(this, $"Must have at {(isMinimum ? "least" : "most")} {bound} {(Kind == JsonKinds.Array ? "items" : "properties")}, but has {count}.");
    }

    public bool Admits(int count) => isMinimum ? count >= bound : count <= bound;
}
