using System.Text.Json;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Segments;

/// <summary>What is wrong with a definition among those that there are.</summary>
internal sealed class SegmentCheck(SegmentRoster roster, IPeopleLists lists, SegmentOptions options)
{
    /// <summary>All faults; and the definition when there are none.</summary>
    public (SegmentDefinition? Definition, IReadOnlyList<DefinitionFault> Faults) Check(string id, JsonElement body)
    {
        var faults = new List<DefinitionFault>();
        var definition = SegmentReader.Read(body, faults);
        var set = roster.Set;
        var isNew = set.Find(id) is var number && (number < 0 || !set.Segments[number].Versions.Any());
        if (isNew && set.Segments.Count(segment => segment.Versions.Any()) >= options.MaxSegments)
        {
            faults.Add(new DefinitionFault("", $"There are {options.MaxSegments} segments, which is the most that may be; delete one, or raise Features:Segments:MaxSegments."));
        }

        if (definition is not null)
        {
            CheckReferences(id, definition, set, faults);
        }

        return (faults.Count == 0 ? definition : null, faults);
    }

    private void CheckReferences(string id, SegmentDefinition definition, SegmentSet set, List<DefinitionFault> faults)
    {
        foreach (var reference in ConditionReferences.SegmentsOf(definition.Condition))
        {
            var number = set.Find(reference.Segment);
            if (reference.Segment != id && (number < 0 || !set.Segments[number].Versions.Any()))
            {
                faults.Add(new DefinitionFault(reference.Path, $"There is no segment '{reference.Segment}'; define it first."));
            }
            else if (SegmentOrder.CircleOf(id, [reference.Segment], set) is { } circle)
            {
                faults.Add(new DefinitionFault(reference.Path, $"Segments must not ask about each other in a circle: {string.Join(" → ", circle)}."));
            }
        }

        foreach (var reference in ConditionReferences.ListsOf(definition.Condition).Where(reference => lists.Find(reference.List) < 0))
        {
            faults.Add(new DefinitionFault(reference.Path, $"There is no list '{reference.List}'; define it first."));
        }
    }
}
