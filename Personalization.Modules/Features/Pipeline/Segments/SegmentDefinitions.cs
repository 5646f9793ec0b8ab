using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>Takes definitions of segments at their places in the log.</summary>
internal sealed class SegmentDefinitions(
    SegmentEngine engine, SegmentCheck check, SegmentPreparation preparation, IKeptProperties kept, Func<IDefinitionLog> definitions) : IDefinitionHandler
{
    public const string KindName = "segment";

    public string Kind => KindName;

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body)
    {
        var (definition, faults) = check.Check(id, body);
        var all = faults.ToList();
        if (definition is not null)
        {
            KeptRoom.Check(kept, ConditionProperties.Of(definition.Condition), all);
        }

        return all;
    }

    /// <exception cref="DefinitionRefusedException">Other definitions that came in between leave no room for the change.</exception>
    public void Apply(DefinitionChange change)
    {
        switch (change.Action)
        {
            case DefinitionAction.Put:
                engine.Put(change.Id, change.Version, Checked(change.Id, change.Body));
                break;
            case DefinitionAction.Activate:
                Activate(change);
                break;
            case DefinitionAction.Delete:
                Delete(change);
                break;
        }

        preparation.Wake();
    }

    /// <summary>A version that is not prepared any more is prepared here and now: that is rare, and what comes out is the same.</summary>
    private void Activate(DefinitionChange change)
    {
        if (engine.Activate(change.Id, change.Version, change.Offset))
        {
            return;
        }

        var put = definitions().VersionsOf(KindName, change.Id).LastOrDefault(put => put.Version == change.Version)
            ?? throw new DefinitionRefusedException($"The segment '{change.Id}' has no version {change.Version}.", isUnknown: true);
        engine.Put(change.Id, change.Version, Checked(change.Id, put.Body));
        engine.Activate(change.Id, change.Version, change.Offset);
    }

    private void Delete(DefinitionChange change)
    {
        var users = engine.UsersOf(change.Id);
        if (users.Count > 0)
        {
            throw new DefinitionRefusedException($"These segments ask about '{change.Id}': {string.Join(", ", users)}. Change or delete them first.");
        }

        engine.Delete(change.Id, change.Offset);
    }

    /// <summary>
    /// Once more: another definition may have come in between since it was written, and the circle they make together would have no order in
    /// which to ask.
    /// </summary>
    private SegmentDefinition Checked(string id, JsonElement body) =>
        check.Check(id, body) is { Definition: { } definition } ? definition
        : throw new DefinitionRefusedException($"Other definitions have changed meanwhile: {check.Check(id, body).Faults[0].Message}");
}
