using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Tells the log who was shown what of an experiment, at the moment that it was used, as the event "Experiment Viewed" of Segment's
/// specification. Bounded: a log that takes nothing costs exposures, which are counted, never the answer.
/// </summary>
internal sealed partial class ExposureWriter(IEventWriter events, ILogger<ExposureWriter> logger) : BackgroundService
{
    public const string Source = "experiments";
    private const int MaxWaiting = 10_000;
    private const int BatchSize = 500;

    private readonly Channel<Exposure> _queue = Channel.CreateBounded<Exposure>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _lost;

    /// <summary>Exposures that could not be written, since the start.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Never waits.</summary>
    public void Write(Exposure exposure)
    {
        if (!_queue.Writer.TryWrite(exposure))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Exposure>(BatchSize);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < BatchSize && _queue.Reader.TryRead(out var exposure))
            {
                batch.Add(exposure);
            }

            var written = await events.WriteAsync(Exposure.ToBatch(batch), Source, EventOrigin.Live, stoppingToken);
            if (written.Accepted < batch.Count)
            {
                Interlocked.Add(ref _lost, batch.Count - written.Accepted);
                LogLost(batch.Count - written.Accepted, written.Problem?.Title ?? "refused");
            }
        }
    }

    [LoggerMessage(EventId = 5010, Level = LogLevel.Warning, Message = "{Count} exposures of experiments were not written: {Reason}")]
    private partial void LogLost(int count, string reason);
}
