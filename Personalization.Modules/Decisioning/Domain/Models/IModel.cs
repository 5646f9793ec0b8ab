namespace Personalization.Decisioning.Domain.Models;

/// <summary>A version of a model that was trained in the background: immutable, replaced whole, and made again from what its lineage says.</summary>
internal interface IModel
{
    /// <summary>Stable, kebab-case.</summary>
    string Name { get; }

    /// <summary>Offset in the log behind the last event that it knows: a later version knows more, and the same log makes the same version.</summary>
    long Version => Lineage.LogOffset;

    ModelLineage Lineage { get; }
}
