using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Pipelines;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// Publishes merges, and those that were taken back, to whom it may concern, away from the sequencer, which must not wait for a handler. A fact is news: what
/// a replay repeats is not announced again, and a full queue drops the announcement, counted, never the merge.
/// </summary>
internal sealed partial class MergeAnnouncer(IMediator mediator, PipelinePosition position, ILogger<MergeAnnouncer> logger) : BackgroundService
{
    private readonly Channel<(INotification Fact, long Offset)> _queue = Channel.CreateBounded<(INotification Fact, long Offset)>(
        new BoundedChannelOptions(10_000) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });

    private long _unannounced;

    public void Announce(ProfilesMerged fact) => Announce(fact, fact.Offset);

    public void Announce(ProfilesUnmerged fact) => Announce(fact, fact.Offset);

    private void Announce(INotification fact, long offset)
    {
        if (position.IsCaughtUp && !_queue.Writer.TryWrite((fact, offset)))
        {
            _unannounced++;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (fact, offset) in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await mediator.Publish(fact, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException) // One handler's failure must not end the others' news.
            {
                LogHandlerFailed(error, offset);
            }
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        if (_unannounced > 0)
        {
            LogUnannounced(_unannounced);
        }

        return base.StopAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "A handler of the merge at offset {Offset} failed")]
    private partial void LogHandlerFailed(Exception error, long offset);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "{Count} merges were applied but not announced: their handlers were too slow")]
    private partial void LogUnannounced(long count);
}
