using System.Text.Json;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>Takes definitions of features out of the log: the registry notes them, and a new version is filled where the history can.</summary>
internal sealed class FeatureDefinitionHandler(FeatureRegistry registry, FeatureStates states, FeatureBackfill backfill) : IDefinitionHandler
{
    public string Kind => FeatureRegistry.DefinitionKind;

    public IReadOnlyList<DefinitionFault> Check(string id, JsonElement body) => registry.Check(id, body);

    public void Apply(DefinitionChange change)
    {
        if (registry.Apply(change))
        {
            states.DropRetired();
        }

        if (change.Action == DefinitionAction.Put && registry.Find(change.Id, change.Version) is { IsFilled: false } version && backfill.CanFill(version))
        {
            registry.Filled(version, backfill.Fill(version, change.AtMs));
        }
    }
}
