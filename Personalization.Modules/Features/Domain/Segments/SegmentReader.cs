using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Segments;

/// <summary>Reads definitions of segments: every fault at once, nothing ignored.</summary>
internal static class SegmentReader
{
    public const int MaxName = 128;
    public const int MaxDescription = 1_024;

    /// <summary>Null when something is wrong.</summary>
    public static SegmentDefinition? Read(JsonElement body, List<DefinitionFault> faults)
    {
        var before = faults.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new DefinitionFault("", "A segment is an object: {\"name\", \"description\", \"condition\", \"activate\"}."));
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? name = null, description = null;
        Condition? condition = null;
        var activates = false;
        foreach (var member in body.EnumerateObject())
        {
            if (!seen.Add(member.Name))
            {
                faults.Add(new DefinitionFault("/" + member.Name, "It stands here twice; once is right."));
                continue;
            }

            switch (member.Name)
            {
                case "name":
                    name = Text(member, MaxName, faults);
                    break;
                case "description":
                    description = Text(member, MaxDescription, faults);
                    break;
                case "condition":
                    condition = ConditionReader.Read(member.Value, faults, "/condition");
                    break;
                case "activate" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    activates = member.Value.GetBoolean();
                    break;
                case "activate":
                    faults.Add(new DefinitionFault("/activate", "It is true or false: whether the version takes the place of the live one as soon as it is ready."));
                    break;
                default:
                    faults.Add(new DefinitionFault("/" + Escaped(member.Name), "A segment has no such member; there are name, description, condition and activate."));
                    break;
            }
        }

        if (!seen.Contains("condition"))
        {
            faults.Add(new DefinitionFault("/condition", "It is missing: who is in the segment."));
        }

        return faults.Count > before || condition is null ? null : new SegmentDefinition(name, description, condition, activates, body.Clone());
    }

    private static string? Text(JsonProperty member, int longest, List<DefinitionFault> faults)
    {
        if (member.Value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (member.Value.ValueKind == JsonValueKind.String && TryText(member.Value) is { } text && text.Length <= longest)
        {
            return text;
        }

        faults.Add(new DefinitionFault("/" + member.Name, $"It is a text of at most {longest} characters."));
        return null;
    }

    /// <summary>Null for half a surrogate pair, which is no text.</summary>
    private static string? TryText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Escaped(string name) =>
        (name.Length > 64 ? name[..64] : name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
