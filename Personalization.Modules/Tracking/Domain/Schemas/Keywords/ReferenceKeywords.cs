using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Keywords;

/// <summary><c>$ref</c>, and a <c>$dynamicRef</c> that is nothing more than one.</summary>
internal sealed class RefKeyword(string name, string pointer, SchemaNode target) : Keyword(name, pointer)
{
    public SchemaNode Target { get; } = target;

    public override IEnumerable<SchemaNode> InPlace => [Target];

    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated) => Target.Evaluate(run, instance, evaluated);
}

/// <summary>
/// A <c>$dynamicRef</c> whose first target is a <c>$dynamicAnchor</c>: the outermost schema resource on the way here that has an anchor of
/// the name takes its place.
/// </summary>
internal sealed class DynamicRefKeyword(string pointer, string anchor, SchemaNode target) : Keyword("$dynamicRef", pointer)
{
    public override bool Evaluate(Evaluation run, JsonElement instance, Evaluated? evaluated)
    {
        foreach (var resource in run.Scope)
        {
            if (resource.DynamicTargets.TryGetValue(anchor, out var outermost))
            {
                return outermost.Evaluate(run, instance, evaluated);
            }
        }

        return target.Evaluate(run, instance, evaluated);
    }
}
