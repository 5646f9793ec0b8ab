using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Schemas.Registry;

/// <summary>The newest version of one event's schema, compiled.</summary>
/// <param name="Subject">Whom it is for.</param>
/// <param name="Mode">What becomes of events that break it.</param>
/// <param name="Version">From 1.</param>
/// <param name="RegisteredAtMs">When the version came, Unix ms.</param>
/// <param name="Body">Its JSON as it came.</param>
/// <param name="Schema">Compiled once.</param>
internal sealed record RegisteredSchema(
    SchemaSubject Subject, SchemaMode Mode, int Version, long RegisteredAtMs, byte[] Body, JsonSchema Schema);
