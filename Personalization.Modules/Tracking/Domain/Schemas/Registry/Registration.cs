using Personalization.Tracking.Domain.Schemas.Compatibility;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>What became of an attempt to register a version.</summary>
internal enum RegistrationStatus
{
    Registered,

    /// <summary>It is the newest version already.</summary>
    Unchanged,

    /// <summary>It is no schema that can be used.</summary>
    Invalid,

    /// <summary>The version before accepts what it would not.</summary>
    Incompatible,

    /// <summary>More events have schemas than may.</summary>
    TooManyEvents,

    /// <summary>The event has more versions than it may.</summary>
    TooManyVersions,
}

/// <param name="Status">What became of it.</param>
/// <param name="Schema">What applies now; null when nothing was registered.</param>
/// <param name="Errors">Why it is no schema.</param>
/// <param name="Breaches">In what it is not compatible.</param>
internal sealed record Registration(
    RegistrationStatus Status,
    RegisteredSchema? Schema,
    IReadOnlyList<SchemaError> Errors,
    IReadOnlyList<CompatibilityBreach> Breaches)
{
    public static Registration Of(RegistrationStatus status, RegisteredSchema? schema = null) => new(status, schema, [], []);
}
