using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Features.Contracts;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Publishes what fired, away from the loops, which must not wait for a handler. A fact is news: what a replay repeats is not announced again, and
/// a full queue drops the announcement, counted; the feed has it all the same.
/// </summary>
internal sealed partial class TriggerAnnouncer(IMediator mediator, PipelinePosition position, ILogger<TriggerAnnouncer> logger) : BackgroundService
{
    private readonly Channel<TriggerFired> _queue = Channel.CreateBounded<TriggerFired>(
        new BoundedChannelOptions(10_000) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _unannounced;

    /// <summary>Firings that found no room, since the start.</summary>
    public long Unannounced => Volatile.Read(ref _unannounced);

    /// <summary>Any thread.</summary>
    public void Announce(TriggerFired fired)
    {
        if (position.IsCaughtUp && !_queue.Writer.TryWrite(fired))
        {
            Interlocked.Increment(ref _unannounced);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var fired in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await mediator.Publish(fired, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException) // One handler's failure must not end the others' news.
            {
                LogHandlerFailed(error, fired.TriggerId, fired.Anchor);
            }
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        if (Unannounced > 0)
        {
            LogUnannounced(Unannounced);
        }

        return base.StopAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 3140, Level = LogLevel.Error, Message = "A handler of trigger {TriggerId} at {Anchor} failed")]
    private partial void LogHandlerFailed(Exception error, string triggerId, long anchor);

    [LoggerMessage(EventId = 3141, Level = LogLevel.Warning, Message = "{Count} firings of triggers were kept but not announced: their handlers were too slow")]
    private partial void LogUnannounced(long count);
}
