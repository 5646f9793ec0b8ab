using System.Diagnostics.Metrics;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>What becomes of the letters. Names stay.</summary>
internal sealed class DeadLetterMetrics
{
    private readonly Counter<long> _kept;
    private readonly Counter<long> _notKept;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _replayed;

    public DeadLetterMetrics(IMeterFactory meters, DeadLetterReader reader)
    {
        var meter = meters.Create(TrackingMetrics.MeterName);
        _kept = meter.CreateCounter<long>("tracking.dead_letters.kept", "{letter}", "Letters that were put on disk, by reason.");
        _notKept = meter.CreateCounter<long>("tracking.dead_letters.not_kept", "{letter}", "What was refused and not kept, by cause.");
        _expired = meter.CreateCounter<long>("tracking.dead_letters.expired", "{letter}", "Letters that were removed for size or age, by reason.");
        _replayed = meter.CreateCounter<long>("tracking.dead_letters.replayed", "{letter}", "Replays that were tried, by outcome.");
        meter.CreateObservableGauge("tracking.dead_letters.open", reader.CountOpen, "{letter}", "Letters that nobody has settled.");
    }

    public void Kept(DeadLetterReason reason) => _kept.Add(1, Tag("reason", LetterNames.Of(reason)));

    public void NotKept(string cause, int letters) => _notKept.Add(letters, Tag("cause", cause));

    public void Expired(DeadLetterReason reason) => _expired.Add(1, Tag("reason", LetterNames.Of(reason)));

    public void Replayed(string outcome) => _replayed.Add(1, Tag("outcome", outcome));

    private static KeyValuePair<string, object?> Tag(string name, string value) => KeyValuePair.Create(name, (object?)value);
}
