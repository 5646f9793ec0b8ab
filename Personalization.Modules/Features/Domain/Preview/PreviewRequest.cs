using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Preview;

/// <summary>What somebody wants to see: <c>{"condition":…,"compareWith":["vip"],"sample":10,"editor":"tab-1"}</c>.</summary>
/// <param name="Condition">Not saved anywhere.</param>
/// <param name="CompareWith">Ids of segments.</param>
/// <param name="Sample">Members to name.</param>
/// <param name="Editor">Whoever asks anew under this name does not want the answer before any more; null for nobody.</param>
internal sealed record PreviewRequest(Condition Condition, IReadOnlyList<string> CompareWith, int Sample, string? Editor)
{
    private const int DefaultSample = 10;
    private const int MaxEditorLength = 64;

    /// <summary>Reads the body and tells of every fault at once. Null when there is one.</summary>
    public static PreviewRequest? Read(JsonElement json, PreviewOptions options, IMemberships memberships, List<DefinitionFault> faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new DefinitionFault("", "Must be an object with a condition."));
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        Condition? condition = null;
        IReadOnlyList<string> compareWith = [];
        var sample = Math.Min(DefaultSample, options.MaxSample);
        string? editor = null;
        foreach (var member in json.EnumerateObject())
        {
            if (!seen.Add(member.Name))
            {
                faults.Add(new DefinitionFault("/" + member.Name, "Stands there twice."));
            }

            switch (member.Name)
            {
                case "condition":
                    condition = ConditionReader.Read(member.Value, faults, "/condition");
                    break;
                case "compareWith":
                    compareWith = ReadSegments(member.Value, options.MaxCompared, memberships, faults);
                    break;
                case "sample":
                    sample = ReadSample(member.Value, options.MaxSample, faults);
                    break;
                case "editor":
                    editor = ReadEditor(member.Value, faults);
                    break;
                default:
                    faults.Add(new DefinitionFault("/" + member.Name, "Means nothing here: there are condition, compareWith, sample and editor."));
                    break;
            }
        }

        if (!seen.Contains("condition"))
        {
            faults.Add(new DefinitionFault("/condition", "Must be there: what to preview."));
        }

        return faults.Count == 0 ? new PreviewRequest(condition!, compareWith, sample, editor) : null;
    }

    private static List<string> ReadSegments(JsonElement json, int max, IMemberships memberships, List<DefinitionFault> faults)
    {
        var ids = new List<string>();
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > max)
        {
            faults.Add(new DefinitionFault("/compareWith", $"Must be an array of at most {max} ids of segments."));
            return ids;
        }

        foreach (var (place, each) in json.EnumerateArray().Index())
        {
            if (each.ValueKind == JsonValueKind.String && each.GetString() is { } id && memberships.FindSegment(id) >= 0)
            {
                ids.Add(id);
            }
            else
            {
                faults.Add(new DefinitionFault($"/compareWith/{place}", "Must be the id of a segment that there is."));
            }
        }

        return ids;
    }

    private static int ReadSample(JsonElement json, int max, List<DefinitionFault> faults)
    {
        if (json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var sample) && sample >= 0 && sample <= max)
        {
            return sample;
        }

        faults.Add(new DefinitionFault("/sample", $"Must be a whole number from 0 to {max}."));
        return 0;
    }

    private static string? ReadEditor(JsonElement json, List<DefinitionFault> faults)
    {
        if (json.ValueKind == JsonValueKind.String && json.GetString() is { Length: > 0 and <= MaxEditorLength } editor)
        {
            return editor;
        }

        faults.Add(new DefinitionFault("/editor", $"Must be a text of 1 to {MaxEditorLength} characters."));
        return null;
    }
}
