using System.Text.Json;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// Reads conditions as <c>docs/segments.md</c> describes them. Every fault is told of at once, with its place and what would be right; what has
/// a fault is not read at all. Nothing is ignored: a member that means nothing, or stands there twice, is a fault.
/// </summary>
internal static class ConditionReader
{
    /// <summary>Reads a condition on a profile.</summary>
    /// <param name="json">Any JSON.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <param name="path">Where it stands in its document, as a JSON pointer, for faults and explanations.</param>
    /// <returns>Null when something is wrong.</returns>
    public static Condition? Read(JsonElement json, List<DefinitionFault> faults, string path = "") =>
        Read(faults, of => TreeReader.Read(json, path, 1, of));

    /// <summary>Reads a condition on one event: what stands behind <c>where</c>.</summary>
    public static Condition? ReadWhere(JsonElement json, List<DefinitionFault> faults, string path = "") =>
        Read(faults, of => TreeReader.ReadWhere(json, path, 1, of));

    /// <summary>Reads a pattern alone, an object with <c>event</c> and <c>where</c>, for what looks at events one by one.</summary>
    public static EventPattern? ReadPattern(JsonElement json, List<DefinitionFault> faults, string path = "") =>
        Read(faults, of =>
        {
            if (Members.Of(json, path, of, "an event") is not { } members)
            {
                return null;
            }

            var pattern = EventReader.ReadPattern(members, 0, of);
            members.Finish();
            return pattern;
        });

    private static T? Read<T>(List<DefinitionFault> faults, Func<Faults, T?> read)
        where T : class
    {
        var before = faults.Count;
        var result = read(new Faults(faults));
        return faults.Count == before ? result : null;
    }
}
