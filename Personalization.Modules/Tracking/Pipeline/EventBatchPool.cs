using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// Keeps batches for reuse, up to a number and a sum of bytes; what is beyond is left to the collector. Last in, first out,
/// because that one is still in the cache. Small and large ones are kept apart, or single events would soon sit in buffers of
/// megabytes. Thread-safe.
/// </summary>
internal sealed class EventBatchPool
{
    /// <summary>Bodies beyond this are read into large batches.</summary>
    private const int LargeBytes = 16 * 1024;

    /// <summary>What a small batch may have grown to and still be small: a body's escaped texts are kept beside it, and not every length is told.</summary>
    private const int GrownBytes = 4 * LargeBytes;

    private readonly Lock _gate = new();
    private readonly Stack<EventBatch> _small;
    private readonly Stack<EventBatch> _large;
    private readonly Action<EventBatch> _return;
    private readonly int _maxCount;
    private readonly long _maxBytes;
    private long _retainedBytes;
    private int _rented;

    /// <param name="maxCount">Batches kept of each size; the default covers as many requests in flight.</param>
    /// <param name="maxBytes">Bytes kept altogether.</param>
    public EventBatchPool(int maxCount = 1024, long maxBytes = 64L * 1024 * 1024)
    {
        _maxCount = maxCount;
        _maxBytes = maxBytes;
        _small = new Stack<EventBatch>(maxCount);
        _large = new Stack<EventBatch>(maxCount);
        _return = Return;
    }

    /// <summary>Batches that are out: with requests, the log and the stages. None when everything is at rest.</summary>
    public int Rented
    {
        get
        {
            lock (_gate)
            {
                return _rented;
            }
        }
    }

    /// <summary>An empty batch with one reference, the caller's.</summary>
    /// <param name="expectedBytes">Size of the body, where it is known.</param>
    public EventBatch Rent(long expectedBytes = 0)
    {
        var isLarge = expectedBytes > LargeBytes;
        lock (_gate)
        {
            _rented++;
            if ((isLarge ? _large : _small).TryPop(out var pooled))
            {
                _retainedBytes -= pooled.RetainedBytes;
                return pooled;
            }
        }

        return new EventBatch(_return) { IsLarge = isLarge };
    }

    private void Return(EventBatch batch)
    {
        var bytes = batch.RetainedBytes;
        lock (_gate)
        {
            _rented--;
            batch.IsLarge |= batch.Buffer.Length > GrownBytes;
            var shelf = batch.IsLarge ? _large : _small;
            if (shelf.Count < _maxCount && _retainedBytes + bytes <= _maxBytes)
            {
                _retainedBytes += bytes;
                shelf.Push(batch);
            }
        }
    }
}
