using System.Text.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Schemas;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tracking.Endpoints.Schemas;

/// <summary>The schemas of all events, without their text.</summary>
internal sealed record SchemaListAnswer(IReadOnlyList<SchemaSummary> Schemas);

/// <param name="Event">The taxonomy's name, the name as sent, or <c>$identify</c>, <c>$page</c>, <c>$screen</c>, <c>$group</c>.</param>
/// <param name="Mode">enforce, warn or allow.</param>
/// <param name="Version">The newest, which applies.</param>
/// <param name="RegisteredAt">When it came, UTC.</param>
internal record SchemaSummary(string Event, string Mode, int Version, DateTimeOffset RegisteredAt)
{
    public static SchemaSummary Of(RegisteredSchema schema) =>
        new(schema.Subject.Name, SchemaModes.Name(schema.Mode), schema.Version, DateTimeOffset.FromUnixTimeMilliseconds(schema.RegisteredAtMs));
}

/// <summary>One version with its text, and which others there are.</summary>
internal sealed record SchemaAnswer(
    string Event, string Mode, int Version, DateTimeOffset RegisteredAt, IReadOnlyList<VersionAnswer> Versions, JsonElement Schema)
    : SchemaSummary(Event, Mode, Version, RegisteredAt);

internal sealed record VersionAnswer(int Version, DateTimeOffset RegisteredAt);

/// <summary>What a payload would meet.</summary>
/// <param name="Valid">Whether it is valid.</param>
/// <param name="Version">The version that was asked.</param>
/// <param name="Mode">What would become of an event with an invalid one.</param>
/// <param name="Faults">What is wrong, at most 32.</param>
internal sealed record ValidationAnswer(bool Valid, int Version, string Mode, IReadOnlyList<SchemaFault> Faults);

/// <summary>One reason against a schema.</summary>
/// <param name="Rule">The rule that is broken.</param>
/// <param name="Pointer">JSON pointer into the schema.</param>
/// <param name="Message">In plain words.</param>
internal sealed record SchemaViolation(string Rule, string Pointer, string Message);

/// <summary>Modes as they are written.</summary>
internal static class SchemaModes
{
    public static string Name(SchemaMode mode) => mode.ToString().ToLowerInvariant();

    /// <summary>Null for a word that is no mode.</summary>
    public static SchemaMode? Parse(string? name) => name switch
    {
        "enforce" => SchemaMode.Enforce,
        "warn" => SchemaMode.Warn,
        "allow" => SchemaMode.Allow,
        _ => null,
    };
}
