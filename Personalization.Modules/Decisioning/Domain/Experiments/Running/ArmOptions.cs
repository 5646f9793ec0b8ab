using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Lays what an arm changes over a placement's configuration: every option of a placement may be tried, under its own bounds.</summary>
internal static class ArmOptions
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
    };

    /// <param name="configured">Is not changed.</param>
    /// <param name="changes">An object, or undefined.</param>
    /// <param name="pointer">Where the changes stand.</param>
    /// <param name="faults">Takes all that is wrong; then the answer is not to be used.</param>
    public static PlacementOptions Apply(PlacementOptions configured, JsonElement changes, string pointer, ICollection<FlagFault> faults)
    {
        var merged = JsonSerializer.SerializeToNode(configured, Json)!.AsObject();
        foreach (var change in changes.ValueKind == JsonValueKind.Object ? changes.EnumerateObject().ToList() : [])
        {
            if (merged.ContainsKey(change.Name))
            {
                merged[change.Name] = JsonNode.Parse(change.Value.GetRawText());
            }
            else
            {
                faults.Add(new FlagFault($"{pointer}/{change.Name}", $"There is no such option; there are {string.Join(", ", merged.Select(option => option.Key))}."));
            }
        }

        try
        {
            var options = merged.Deserialize<PlacementOptions>(Json)!;
            var results = new List<ValidationResult>();
            if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
            {
                results.ForEach(result => faults.Add(new FlagFault(pointer, result.ErrorMessage ?? "out of range")));
            }

            return options;
        }
        catch (JsonException error)
        {
            faults.Add(new FlagFault($"{pointer}{error.Path?.TrimStart('$').Replace('.', '/')}", "It has another type, or is none of the known names."));
            return configured;
        }
    }
}
