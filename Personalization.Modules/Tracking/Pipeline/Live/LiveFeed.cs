using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Live;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>
/// Feeds the streams while there are any: four times a second it looks at what was added to the rings, reads the newest of it back
/// from the log, once for all streams, and says how many it left out. The path of the events knows nothing of it.
/// </summary>
internal sealed partial class LiveFeed(
    LiveRings rings,
    LiveHub hub,
    IEventReader events,
    ISourceRegister sources,
    IOptions<LiveOptions> options,
    TimeProvider time,
    ILogger<LiveFeed> logger) : BackgroundService
{
    private const int LooksPerSecond = 4;

    /// <summary>An event without a verdict is waited for, so long.</summary>
    private const long PatienceMs = 5_000;
    private readonly Dictionary<ushort, (long Events, long Refusals)> _next = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1000.0 / LooksPerSecond), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException) // A block that cannot be read must not end the view of all others.
            {
                LogFeedFailed(error);
            }
        }
    }

    /// <summary>Sends what is new. Without streams it only notes where the next one is to begin.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var hasStreams = hub.HasStreams;
        foreach (var sourceId in rings.Sources)
        {
            var (ring, refusals) = (rings.Of(sourceId), rings.RefusalsOf(sourceId));
            if (!hasStreams)
            {
                _next[sourceId] = (ring.Added, refusals.Added);
                continue;
            }

            var (nextEvent, nextRefusal) = _next.GetValueOrDefault(sourceId);
            var source = LiveReader.NameOf(sources, sourceId);
            nextEvent = await SendEventsAsync(source, ring, nextEvent, cancellationToken);
            SendRefusals(source, refusals.From(nextRefusal, out var skipped), skipped);
            _next[sourceId] = (nextEvent, Math.Max(nextRefusal, refusals.Added));
        }
    }

    private async ValueTask<long> SendEventsAsync(string source, LiveRing ring, long from, CancellationToken cancellationToken)
    {
        var seen = new List<LiveEvent>();
        var skipped = 0L;
        var next = from;
        for (var added = ring.Added; next < added; next++)
        {
            if (!ring.TryRead(next, out var candidate))
            {
                skipped++;
            }
            else if (candidate.Verdict is null && time.GetUtcNow().ToUnixTimeMilliseconds() - candidate.ReceivedAtMs < PatienceMs)
            {
                break;
            }
            else
            {
                seen.Add(candidate);
            }
        }

        var shown = seen.TakeLast(PerLook).ToList();
        skipped += seen.Count - shown.Count;
        await foreach (var (live, stored) in LiveReader.ReadBackAsync(events, shown, cancellationToken))
        {
            hub.Send(new LiveMessage("event", source, live.Verdict, LiveEventWriter.ToJson(source, live, stored)));
        }

        TellSkipped(source, skipped);
        return next;
    }

    private void SendRefusals(string source, IReadOnlyList<LiveRefusal> refusals, long skipped)
    {
        foreach (var refusal in refusals.TakeLast(PerLook))
        {
            hub.Send(new LiveMessage("event", source, EventVerdict.Invalid, LiveEventWriter.ToJson(source, refusal)));
        }

        TellSkipped(source, skipped + Math.Max(0, refusals.Count - PerLook));
    }

    private void TellSkipped(string source, long count)
    {
        if (count > 0)
        {
            hub.Send(new LiveMessage("skipped", source, null, LiveEventWriter.Skipped(source, count)));
        }
    }

    private int PerLook => Math.Max(1, options.Value.EventsPerSecond / LooksPerSecond);

    [LoggerMessage(EventId = 1605, Level = LogLevel.Error, Message = "Events could not be shown live")]
    private partial void LogFeedFailed(Exception error);
}
