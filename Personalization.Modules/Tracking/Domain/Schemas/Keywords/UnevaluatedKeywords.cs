using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary><c>unevaluatedProperties</c>: what no other keyword of the schema, or of those it applies in place, has looked at.</summary>
internal sealed class UnevaluatedPropertiesKeyword(string pointer, SchemaNode schema) : Keyword("unevaluatedProperties", pointer)
{
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
            if (!evaluated!.Contains(index++))
            {
                run.Descend(InstanceText.NameOf(property));
                isValid &= schema.Evaluate(run, property.Value, null);
                run.Ascend();
            }
        }

        evaluated!.AddAll();
        return isValid;
    }
}

/// <summary><c>unevaluatedItems</c>.</summary>
internal sealed class UnevaluatedItemsKeyword(string pointer, SchemaNode schema) : Keyword("unevaluatedItems", pointer)
{
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
            if (!evaluated!.Contains(index))
            {
                run.Descend(index);
                isValid &= schema.Evaluate(run, item, null);
                run.Ascend();
            }

            index++;
        }

        evaluated!.AddAll();
        return isValid;
    }
}
