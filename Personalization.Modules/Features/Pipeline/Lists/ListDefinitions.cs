using System.Text.Json;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Pipeline.Lists;

/// <summary>Takes definitions of lists at their places in the log, and asks the segments when other people may be on one.</summary>
internal sealed class ListDefinitions(PeopleLists lists, SegmentEngine engine, Func<IDefinitionLog> definitions) : IDefinitionHandler
{
    public const string KindName = "list";

    /// <summary>Lists that are there at once: a profile's change looks at each.</summary>
    public const int MaxLists = 1_000;

    public string Kind => KindName;

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        var faults = ListDefinition.Check(body);
        return faults.Count == 0 && lists.Find(id) < 0 && definitions().List(KindName).Count(list => list.LiveVersion > 0) >= MaxLists
            ? [new DefinitionFault("", $"There are {MaxLists} lists already; delete one that nobody needs.")]
            : faults;
    }

    /// <exception cref="DefinitionRefusedException">Segments ask about a list that is to be deleted.</exception>
    public void Apply(DefinitionChange change)
    {
        switch (change.Action)
        {
            case DefinitionAction.Activate when PutOf(change) is { } put:
                if (lists.Activate(change.Id, ListDefinition.Read(put.Body).Edition))
                {
                    engine.AskEverybody(touches => touches.Lists.Contains(change.Id), change.Offset);
                }

                break;
            case DefinitionAction.Delete:
                RefuseWhileAsked(change.Id);
                lists.Delete(change.Id);
                break;
        }
    }

    private DefinitionChange? PutOf(DefinitionChange change) =>
        definitions().VersionsOf(KindName, change.Id).LastOrDefault(put => put.Version == change.Version);

    private void RefuseWhileAsked(string id)
    {
        var users = engine.Roster.Set.Versions.Where(version => version.Touches.Lists.Contains(id)).Select(version => version.Id).Distinct().Order(StringComparer.Ordinal).ToList();
        if (users.Count > 0)
        {
            throw new DefinitionRefusedException($"These segments ask about '{id}': {string.Join(", ", users)}. Change or delete them first.");
        }
    }
}
