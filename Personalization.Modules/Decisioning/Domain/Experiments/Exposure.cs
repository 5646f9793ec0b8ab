using System.Buffers;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>Somebody used what an experiment gave them.</summary>
/// <param name="UserId">Null when only the device is known.</param>
/// <param name="AnonymousId">Null when only the person is known.</param>
/// <param name="FlagId">That was asked for; null when a placement was.</param>
/// <param name="Experiment">Its key.</param>
/// <param name="Variation">Its key.</param>
/// <param name="Version">Of the flags, or of the placement's experiment.</param>
/// <param name="At">When.</param>
/// <param name="Placement">That was asked for; null when a flag was.</param>
internal sealed record Exposure(
    string? UserId, string? AnonymousId, string? FlagId, string Experiment, string Variation, long Version, DateTimeOffset At, string? Placement = null)
{
    /// <summary>A body of <c>/v1/batch</c>.</summary>
    public static ReadOnlyMemory<byte> ToBatch(IEnumerable<Exposure> exposures)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch"u8);
            foreach (var exposure in exposures)
            {
                exposure.WriteTo(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "track"u8);
        json.WriteString("event"u8, "Experiment Viewed"u8);
        json.WriteString("messageId"u8, Guid.CreateVersion7(At));
        json.WriteString("timestamp"u8, At);
        if (UserId is not null)
        {
            json.WriteString("userId"u8, UserId);
        }

        if (AnonymousId is not null)
        {
            json.WriteString("anonymousId"u8, AnonymousId);
        }

        json.WriteStartObject("properties"u8);
        json.WriteString("experiment_id"u8, Experiment);
        json.WriteString("variation_id"u8, Variation);
        if (FlagId is not null)
        {
            json.WriteString("flag"u8, FlagId);
            json.WriteNumber("flags_version"u8, Version);
        }

        if (Placement is not null)
        {
            json.WriteString("placement"u8, Placement);
            json.WriteNumber("experiment_version"u8, Version);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
