using System.ComponentModel.DataAnnotations;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking;

/// <summary>What the schema registry takes. Section <c>Personalization:Tracking:Schemas</c>.</summary>
public sealed class SchemaOptions
{
    public const string Section = "Tracking:Schemas";

    /// <summary>Whether the schemas of the e-commerce taxonomy are registered, in mode warn, when the registry starts for the first time. Default true.</summary>
    public bool StarterSet { get; set; } = true;

    /// <summary>Mode of a schema whose event had none before. Default Warn: a first schema is a guess, and a guess must not cost orders.</summary>
    public SchemaMode DefaultMode { get; set; } = SchemaMode.Warn;

    /// <summary>Events that may have a schema. 1,000: ten times what large tracking plans hold; each is some kilobytes of memory.</summary>
    [Range(1, 100_000)]
    public int MaxEvents { get; set; } = 1_000;

    /// <summary>Versions of one event's schema. 1,000: one a day for three years. Only the newest is compiled.</summary>
    [Range(1, 100_000)]
    public int MaxVersions { get; set; } = 1_000;

    /// <summary>Bytes of one schema. 64 KB: the largest of published tracking plans have a tenth of that.</summary>
    [Range(1_024, 1024 * 1024)]
    public int MaxSchemaBytes { get; set; } = 64 * 1024;

    /// <summary>Subschemas of one schema, with all that is in it. 2,000: a full schema of the taxonomy has about fifty.</summary>
    [Range(16, 100_000)]
    public int MaxSubschemas { get; set; } = 2_000;

    /// <summary>
    /// Whether a property that the version before did not describe counts as breaking it when it gets a schema. Default false: nobody
    /// promised anything about such a property, and adding one is what a new version is usually for.
    /// </summary>
    public bool StrictCompatibility { get; set; }
}
