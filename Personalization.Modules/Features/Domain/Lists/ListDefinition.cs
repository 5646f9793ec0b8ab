using System.Text.Json;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Domain.Lists;

/// <summary>What is defined of a list.</summary>
/// <param name="Edition">The edition that its members have from here on; null when that stays as it is.</param>
internal sealed record ListDefinition(long? Edition)
{
    /// <summary>Written by ourselves when all members are replaced; nobody sets it from outside.</summary>
    public const string EditionMember = "edition";

    /// <summary>All faults of a body that somebody sends.</summary>
    public static IReadOnlyList<DefinitionFault> Check(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return [new DefinitionFault("", "A list is an object: {\"name\", \"description\"}.")];
        }

        var faults = new List<DefinitionFault>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject())
        {
            var path = "/" + member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            if (!seen.Add(member.Name))
            {
                faults.Add(new DefinitionFault(path, "It stands here twice; once is right."));
            }
            else if (member.Name is not ("name" or "description"))
            {
                faults.Add(new DefinitionFault(path, "A list has no such member; there are name and description. Members are sent to /v1/lists/{id}/members."));
            }
            else if (!IsText(member.Value, Longest(member.Name)))
            {
                faults.Add(new DefinitionFault(path, $"It is a text of at most {Longest(member.Name)} characters."));
            }
        }

        return faults;
    }

    /// <summary>As it stands in the log.</summary>
    public static ListDefinition Read(JsonElement body) =>
        new(body.TryGetProperty(EditionMember, out var edition) && edition.TryGetInt64(out var number) ? number : null);

    /// <summary>The same body with another edition.</summary>
    public static JsonElement WithEdition(JsonElement body, long edition)
    {
        var members = body.EnumerateObject().Where(member => member.Name != EditionMember).ToDictionary(member => member.Name, member => (object)member.Value);
        members[EditionMember] = edition;
        return JsonSerializer.SerializeToElement(members);
    }

    private static int Longest(string member) => member == "name" ? SegmentReader.MaxName : SegmentReader.MaxDescription;

    private static bool IsText(JsonElement value, int longest)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= longest);
        }
        catch (InvalidOperationException) // Half a surrogate pair is no text.
        {
            return false;
        }
    }
}
