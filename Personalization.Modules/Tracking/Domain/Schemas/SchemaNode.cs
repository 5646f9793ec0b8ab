using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>One compiled subschema: its keywords, those that look at what others evaluated last. Immutable once compiled.</summary>
internal sealed class SchemaNode(SchemaResource resource, string pointer)
{
    public SchemaResource Resource { get; } = resource;

    /// <summary>JSON pointer in its document, behind the document's address when that is not the schema itself.</summary>
    public string Pointer { get; } = pointer;

    public IReadOnlyList<Keyword> Keywords { get; internal set; } = [];

    /// <summary>Whether a keyword asks what its neighbours evaluated.</summary>
    public bool AsksWhatIsEvaluated { get; internal set; }

    /// <param name="run">The validation.</param>
    /// <param name="instance">What is validated.</param>
    /// <param name="evaluated">Is told which children were evaluated, if the instance is valid; null when nobody asks.</param>
    public bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        if (!run.Enter(this))
        {
            return false;
        }

        var own = AsksWhatIsEvaluated || evaluated is not null ? Children(instance) : null;
        var isValid = true;
        foreach (var keyword in Keywords)
        {
            if (!keyword.Evaluate(run, instance, own))
            {
                isValid = false;
                if (!run.IsTelling)
                {
                    break;
                }
            }
        }

        if (isValid && own is not null)
        {
            evaluated?.AddAll(own);
        }

        run.Leave();
        return isValid && !run.IsGivenUp;
    }

    private static Evaluated? Children(JsonElement instance) => instance.ValueKind switch
    {
        JsonValueKind.Object => new Evaluated(instance.GetPropertyCount()),
        JsonValueKind.Array => new Evaluated(instance.GetArrayLength()),
        _ => null,
    };
}

/// <summary>One keyword of a subschema, or several that only work together.</summary>
/// <param name="name">As it stands in the schema.</param>
/// <param name="pointer">JSON pointer to it.</param>
internal abstract class Keyword(string name, string pointer)
{
    public string Name { get; } = name;

    public string Pointer { get; } = pointer;

    /// <summary>Subschemas that are evaluated at the same place of the instance.</summary>
    public virtual IEnumerable<SchemaNode> InPlace => [];

    /// <param name="run">The validation.</param>
    /// <param name="instance">What is validated; a keyword that does not apply to its kind is true.</param>
    /// <param name="evaluated">Is told which children were evaluated; null when nobody asks.</param>
    public abstract bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated);
}
