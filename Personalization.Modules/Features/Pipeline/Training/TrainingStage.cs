using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Json;
using Personalization.Kernel.Replay;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Training;

/// <summary>
/// In a replay, behind the gate and before all that is known: notes for each exposure what was known just before it, and for each later event
/// what came of it. Events that may not teach models are as if they were not there.
/// </summary>
internal sealed class TrainingStage(TrainingRequest request, TrainingColumns columns, RowSpool rows, TrainingOutcomes outcomes, LogClock clock, KeyHasher hasher)
    : IEventStage
{
    private static readonly KeySpace Decisions = new(0x4445_4349_5349_4F4E);

    public long WithoutConsent { get; private set; }

    public long BeyondLimit { get; private set; }

    public void Apply(TrackedEvent trackedEvent)
    {
        clock.Reach(trackedEvent.ReceivedAtMs);
        if (trackedEvent.IsRebuilt || trackedEvent.ProfileId < 0)
        {
            return;
        }

        var exposure = Read(trackedEvent, out var isExposure);
        if (!trackedEvent.MayTrain)
        {
            WithoutConsent += isExposure ? 1 : 0;
            return;
        }

        outcomes.See(trackedEvent, DecisionOf(trackedEvent), clock.NowMs);
        if (isExposure)
        {
            Note(trackedEvent, exposure);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => outcomes.Merge(fromProfileId, intoProfileId);

    /// <summary>What was shown was shown, whoever it turns out to have been.</summary>
    public void Forget(int profileId)
    {
    }

    private void Note(TrackedEvent shown, in Exposure exposure)
    {
        outcomes.Settle(shown.ProfileId, clock.NowMs);
        for (var position = exposure.IsExperiment ? -1 : 0; position < (exposure.IsExperiment ? 0 : shown.LineCount); position++)
        {
            if (outcomes.Count >= request.MaxRows)
            {
                BeyondLimit++;
                continue;
            }

            columns.Write(rows, shown, position, exposure, clock.NowMs);
            outcomes.Add(shown.ProfileId, position < 0 ? -1 : shown.Lines[position].Item, DecisionOf(shown), shown.TimestampMs, clock.NowMs);
        }
    }

    private UInt128 DecisionOf(TrackedEvent trackedEvent) =>
        trackedEvent.DecisionId.IsEmpty ? default : hasher.Hash(Decisions, trackedEvent.Text(trackedEvent.DecisionId));

    private static Exposure Read(TrackedEvent trackedEvent, out bool isExposure)
    {
        if (trackedEvent.Kind == EventKind.RecommendationViewed)
        {
            isExposure = !trackedEvent.DecisionId.IsEmpty;
            return default;
        }

        isExposure = trackedEvent.Type == EventType.Track && trackedEvent.Text(trackedEvent.Name).SequenceEqual("Experiment Viewed"u8);
        return isExposure ? ReadExperiment(trackedEvent.Text(trackedEvent.Payload)) : default;
    }

    /// <summary>Names with escapes in them do not name experiments of ours.</summary>
    private static Exposure ReadExperiment(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> experiment = default, variation = default;
        var json = new Utf8JsonReader(payload);
        while (!payload.IsEmpty && json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1)
            {
                var (isExperiment, isVariation) = (json.IsText("experiment_id"u8), json.IsText("variation_id"u8));
                json.Read();
                experiment = isExperiment && json is { TokenType: JsonTokenType.String, ValueIsEscaped: false } ? json.ValueSpan : experiment;
                variation = isVariation && json is { TokenType: JsonTokenType.String, ValueIsEscaped: false } ? json.ValueSpan : variation;
            }
        }

        return new Exposure { IsExperiment = true, Experiment = experiment, Variation = variation };
    }
}
