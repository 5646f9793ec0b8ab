using System.Text.Json;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Tells the log who was shown what of an experiment, at the moment that it was used, as the event "Experiment Viewed" of Segment's
/// specification. A log that takes nothing costs exposures, never the answer.
/// </summary>
internal sealed partial class ExposureWriter(IEventWriter events, ILogger<ExposureWriter> logger) : AnswerEvents<Exposure>(events, Source, batchSize: 500)
{
    public const string Source = "experiments";

    /// <summary>Never waits.</summary>
    public void Write(Exposure exposure) => Note(exposure);

    protected override void Write(Utf8JsonWriter json, Exposure note)
    {
        Begin(json, "Experiment Viewed"u8, note.At, note.UserId, note.AnonymousId);
        json.WriteString("messageId"u8, Guid.CreateVersion7(note.At));
        json.WriteStartObject("properties"u8);
        json.WriteString("experiment_id"u8, note.Experiment);
        json.WriteString("variation_id"u8, note.Variation);
        if (note.FlagId is not null)
        {
            json.WriteString("flag"u8, note.FlagId);
            json.WriteNumber("flags_version"u8, note.Version);
        }

        if (note.Placement is not null)
        {
            json.WriteString("placement"u8, note.Placement);
            json.WriteNumber("experiment_version"u8, note.Version);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    protected override void OnLost(IReadOnlyList<Exposure> batch, long lost, string reason) => LogLost(lost, reason);

    [LoggerMessage(EventId = 5010, Level = LogLevel.Warning, Message = "{Count} exposures of experiments were not written: {Reason}")]
    private partial void LogLost(long count, string reason);
}
