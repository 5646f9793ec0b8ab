using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline.Live;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>Tells whoever listens of flags: handlers of the facts, and the live streams. A slow handler costs news, counted, never a look.</summary>
internal sealed partial class FlagAnnouncer(IMediator mediator, LiveHub hub, ILogger<FlagAnnouncer> logger) : BackgroundService
{
    private readonly Channel<INotification> _queue = Channel.CreateBounded<INotification>(
        new BoundedChannelOptions(10_000) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public void Announce((IReadOnlyList<QualityFlag> Raised, IReadOnlyList<QualityFlag> Cleared) news)
    {
        foreach (var flag in news.Raised)
        {
            LogRaised(flag.Kind, flag.Severity, flag.Source, flag.Event, flag.Expected, flag.Observed);
            Tell(new QualityFlagRaised(flag), flag);
        }

        foreach (var flag in news.Cleared)
        {
            Tell(new QualityFlagCleared(flag), flag);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var fact in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await mediator.Publish(fact, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException) // One handler's failure must not end the others' news.
            {
                LogHandlerFailed(error);
            }
        }
    }

    private void Tell(INotification fact, QualityFlag flag)
    {
        hub.Tell(flag);
        if (!_queue.Writer.TryWrite(fact))
        {
            LogUnannounced(flag.Id);
        }
    }

    [LoggerMessage(EventId = 1602, Level = LogLevel.Warning, Message = "{Kind} ({Severity}) of source {Source}, event {Event}: expected {Expected}, observed {Observed}")]
    private partial void LogRaised(QualityFlagKind kind, QualitySeverity severity, string source, string? @event, double expected, double observed);

    [LoggerMessage(EventId = 1603, Level = LogLevel.Error, Message = "A handler of a quality flag failed")]
    private partial void LogHandlerFailed(Exception error);

    [LoggerMessage(EventId = 1604, Level = LogLevel.Warning, Message = "Quality flag {Id} was not announced: the handlers are too slow")]
    private partial void LogUnannounced(Guid id);
}
