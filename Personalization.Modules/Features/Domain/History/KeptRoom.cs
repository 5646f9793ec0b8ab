using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.History;

/// <summary>
/// Whether what a definition looks at can be kept. Asked at the door only: at its place in the log a definition is taken as it is, or another list of
/// configured properties would take definitions out of a replay.
/// </summary>
internal static class KeptRoom
{
    /// <summary>Paths that a fault names.</summary>
    private const int Named = 5;

    public static void Check(IKeptProperties kept, IEnumerable<string> paths, List<DefinitionFault> faults)
    {
        var missing = paths.Where(path => kept.Find(path) < 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var path in missing.Where(path => !KeptProperties.IsPath(path)))
        {
            faults.Add(new DefinitionFault("", $"'{path}' is no path of a property: names with dots between them, at most {KeptProperties.MaxPathBytes} bytes."));
        }

        if (missing.Count > kept.Free)
        {
            var others = missing.Count > Named ? $" and {missing.Count - Named} more" : "";
            faults.Add(new DefinitionFault(
                "",
                $"It looks at {missing.Count} properties of events that are not kept yet ({string.Join(", ", missing.Take(Named))}{others}), and {kept.Free} more can be: "
                + $"{KeptProperties.Max} are kept at most, for good. Ask about those that are, or take some out of Features:History:Properties."));
        }
    }
}
