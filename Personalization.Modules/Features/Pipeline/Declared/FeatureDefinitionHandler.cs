using System.Text.Json;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>Takes definitions of features out of the log: the registry notes them, and a new version is filled where the history can.</summary>
internal sealed class FeatureDefinitionHandler(FeatureRegistry registry, FeatureStates states, FeatureBackfill backfill, DeclaredFeaturesOptions options) : IDefinitionHandler
{
    public string Kind => FeatureRegistry.DefinitionKind;

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body) => registry.Check(id, body);

    public void Apply(DefinitionChange change)
    {
        if (registry.Apply(change))
        {
            states.DropRetired();
        }

        if (change.Action == DefinitionAction.Put && registry.Find(change.Id, change.Version) is { IsFilled: false, FillsFromLog: false, Aggregate: not null } version)
        {
            Fill(version, change.AtMs);
        }
    }

    /// <summary>At once from what profiles did lately where that is all, else from the log, piece by piece behind this place.</summary>
    private void Fill(FeatureVersion version, long nowMs)
    {
        var canFillFromLog = version.Definition.Window.Kind != WindowKind.Session && version.PutOffset <= options.MaxEventsFilled;
        if (backfill.CanFill(version) && !(canFillFromLog && backfill.LacksEvents(version, nowMs)))
        {
            registry.Filled(version, backfill.Fill(version, nowMs));
        }
        else if (canFillFromLog)
        {
            registry.FilledFromLog(version, 0);
        }
    }
}
