using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>
/// Puts every change of a membership into the feed, and publishes it to whom it may concern while live, away from the loops, which must not wait
/// for a handler. A full queue drops the publication, counted, never the change: it stands in the feed.
/// </summary>
internal sealed partial class SegmentAnnouncer : BackgroundService, IMembershipListener
{
    private readonly FactFeed _feed;
    private readonly Func<SegmentRoster> _roster;
    private readonly IMediator _mediator;
    private readonly PipelinePosition _position;
    private readonly SegmentMetrics _metrics;
    private readonly ILogger<SegmentAnnouncer> _logger;
    private readonly Channel<MembershipFact> _queue;

    public SegmentAnnouncer(
        FactFeed feed,
        Func<SegmentRoster> roster,
        IMediator mediator,
        PipelinePosition position,
        SegmentMetrics metrics,
        IOptions<SegmentOptions> options,
        ILogger<SegmentAnnouncer> logger)
    {
        _feed = feed;
        _roster = roster;
        _mediator = mediator;
        _position = position;
        _metrics = metrics;
        _logger = logger;
        _queue = Channel.CreateBounded<MembershipFact>(
            new BoundedChannelOptions(options.Value.AnnouncementQueue) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    public void Changed(int partition, in MembershipFact fact)
    {
        Span<byte> body = stackalloc byte[MembershipFact.BodyBytes];
        fact.WriteBody(body);
        _feed.Append(partition, fact.AtMs, fact.ProfileId, body);
        (fact.IsMember ? _metrics.Entered : _metrics.Left).Add(1);
        if (_position.IsCaughtUp && !_queue.Writer.TryWrite(fact))
        {
            _metrics.Unannounced.Add(1);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var fact in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                var change = fact.ToChange(_roster().IdOf(fact.Segment));
                await _mediator.Publish<INotification>(fact.IsMember ? new SegmentEntered(change) : new SegmentLeft(change), stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException) // One handler's failure must not end the others' news.
            {
                LogHandlerFailed(error, fact.Segment);
            }
        }
    }

    [LoggerMessage(EventId = 3063, Level = LogLevel.Error, Message = "A handler of a change of segment number {Segment} failed")]
    private partial void LogHandlerFailed(Exception error, int segment);
}
