using System.Text.Json.Nodes;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Tests.Features.Model;

/// <summary>Writes a funnel as an administrator would.</summary>
internal static class FunnelJson
{
    public static JsonObject Write(FunnelDefinition funnel)
    {
        var json = new JsonObject
        {
            ["steps"] = new JsonArray([.. funnel.Steps.Select((step, number) => ConditionJson.Put(Named(step, number), "within", step.WithinMs))]),
        };
        ConditionJson.Put(json, "within", funnel.WithinMs);
        ConditionJson.Put(json, "completedFor", funnel.CompletedForMs);
        if (funnel.IsStrict)
        {
            json["order"] = "strict";
        }

        if (funnel.Carry.Length > 0)
        {
            json["carry"] = new JsonArray([.. funnel.Carry.Select(carried => new JsonObject { [carried.Source.ToString().ToLowerInvariant()] = carried.Name })]);
        }

        return json;
    }

    private static JsonObject Named(FunnelStep step, int number)
    {
        var json = ConditionJson.Pattern(step.Pattern);
        json["name"] = $"step {number}";
        return json;
    }
}
