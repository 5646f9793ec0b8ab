using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// How events spread over partitions and profiles: a count and a sketch for each partition. In memory only, forgotten within two minutes;
/// a replay of the past is not looked at.
/// </summary>
internal sealed class ProfileHeat(PartitionLayout layout, PipelinePosition position, HotKeys keys, IOptions<PressureOptions> options)
    : IEventObserver, IPersonalDataStore
{
    /// <summary>After so many more events of a hot profile its identifiers are noted again: it may use several.</summary>
    private const int NoteEvery = 256;

    private readonly int _hot = options.Value.HotProfileEvents;
    private readonly Part[] _parts = [.. Enumerable.Range(0, layout.Count).Select(_ => new Part())];

    string IPersonalDataStore.Name => "tracking/hot-profiles";

    public int Partitions => _parts.Length;

    public Rate Applied(int partition) => _parts[partition].Applied;

    /// <param name="partition">From 0.</param>
    /// <param name="elapsed">Part of the present minute that is over.</param>
    public IReadOnlyList<HotProfile> Hottest(int partition, double elapsed) => _parts[partition].Sketch.Read(elapsed);

    public void Applied(TrackedEvent trackedEvent, EventVerdict verdict)
    {
        if (!position.IsCaughtUp || trackedEvent.ProfileId < 0)
        {
            return;
        }

        var part = _parts[layout.PartitionOf(trackedEvent.ProfileId)];
        part.Applied.Add(1);
        var events = part.Sketch.Add(trackedEvent.ProfileId);
        if (events >= _hot && (events - _hot) % NoteEvery == 0)
        {
            keys.Add(trackedEvent.AnonymousKey, trackedEvent.ProfileId);
            keys.Add(trackedEvent.UserKey, trackedEvent.ProfileId);
        }
    }

    /// <summary>A minute is over.</summary>
    public void Rotate()
    {
        foreach (var part in _parts)
        {
            part.Sketch.Rotate();
        }

        keys.Rotate();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(keys.Remove(subject.ProfileIds) + _parts.Sum(part => part.Sketch.Remove(subject.ProfileIds)));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(keys.Count(subject.ProfileIds) + _parts.Sum(part => part.Sketch.Count(subject.ProfileIds)));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var events = _parts.SelectMany(part => part.Sketch.Read(elapsed: 0)).Where(hot => subject.ProfileIds.Contains(hot.ProfileId)).Sum(hot => hot.Events);
        json.WriteStartObject();
        json.WriteNumber("eventsInTheLastTwoMinutesAtMost", events);
        json.WriteNumber("identifiersMarkedAsBusy", keys.Count(subject.ProfileIds));
        json.WriteEndObject();
        return default;
    }

    public void Refused(Source? source, EventBatch batch, Problem? problem)
    {
    }

    public void Warned(Source source, EventBatch batch)
    {
    }

    public void Sequenced(TrackedEvent trackedEvent)
    {
    }

    private sealed class Part
    {
        public HotProfileSketch Sketch { get; } = new();

        public Rate Applied { get; } = new();
    }
}
