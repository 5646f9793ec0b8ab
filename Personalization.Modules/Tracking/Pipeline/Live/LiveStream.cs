using System.Threading.Channels;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>What waits for one reader.</summary>
internal sealed class LiveStream(LiveFilter filter, int capacity)
{
    private readonly Channel<LiveMessage> _queue = Channel.CreateBounded<LiveMessage>(
        new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _dropped;

    public void Offer(LiveMessage message)
    {
        if (filter.Shows(message.Source, message.Verdict) && !_queue.Writer.TryWrite(message))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public bool TryTake(out LiveMessage? message) => _queue.Reader.TryRead(out message);

    public async Task WaitAsync(CancellationToken cancellationToken) => await _queue.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Messages that were lost since the last call.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);
}
