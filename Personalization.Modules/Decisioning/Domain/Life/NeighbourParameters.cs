using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Personalization.Decisioning.Domain.Experiments;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>The numbers of the neighbour search as JSON: what is left out stays as configured.</summary>
internal static class NeighbourParameters
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static NeighbourWeights Read(JsonElement parameters, NeighbourWeights configured, out IReadOnlyList<FlagFault> faults)
    {
        var found = new List<FlagFault>();
        faults = found;
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            found.Add(new FlagFault("/parameters", "An object of numbers."));
            return configured;
        }

        var merged = JsonSerializer.SerializeToNode(configured, Json)!.AsObject();
        foreach (var parameter in parameters.EnumerateObject())
        {
            if (!merged.ContainsKey(parameter.Name) || parameter.Value.ValueKind != JsonValueKind.Number)
            {
                found.Add(new FlagFault($"/parameters/{parameter.Name}", $"A number by the name of one of {string.Join(", ", merged.Select(known => known.Key))}."));
                continue;
            }

            merged[parameter.Name] = JsonNode.Parse(parameter.Value.GetRawText());
        }

        try
        {
            var read = merged.Deserialize<NeighbourWeights>(Json)!;
            Within(found, "sessionsPerItem", read.SessionsPerItem, 16, configured.SessionsPerItem);
            Within(found, "neighbours", read.Neighbours, 1, 4_096);
            Within(found, "queryItems", read.QueryItems, 1, NeighbourWeights.MaxQueryItems);
            Within(found, "queryDecay", read.QueryDecay, 0, 1);
            Within(found, "similarityPower", read.SimilarityPower, 0, 10);
            Within(found, "distanceDecay", read.DistanceDecay, 0, 1);
            Within(found, "backward", read.Backward, 0, 10);
            Within(found, "repeat", read.Repeat, 0, 10);
            Within(found, "revisit", read.Revisit, 0, 10);
            return read;
        }
        catch (JsonException error)
        {
            found.Add(new FlagFault($"/parameters{error.Path?.TrimStart('$').Replace('.', '/')}", "It has another type: sessions, neighbours and items are whole numbers."));
            return configured;
        }
    }

    private static void Within(List<FlagFault> faults, string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            faults.Add(new FlagFault($"/parameters/{name}", FormattableString.Invariant($"A number from {least} to {most}.")));
        }
    }
}
