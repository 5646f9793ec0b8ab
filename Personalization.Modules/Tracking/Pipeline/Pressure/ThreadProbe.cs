namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// How long work waits for a thread of the pool, on which requests, decisions and stages run: a piece of work that does nothing is put
/// at the end of the queue now and then. A timer alone would not tell, since the pool lets timers go first. Allocates nothing.
/// </summary>
internal sealed class ThreadProbe(TimeProvider time) : IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private double _leastMs = double.MaxValue;
    private long _queuedAt;
    private bool _isUnderWay;

    /// <summary>Sends the probe, unless it is still under way.</summary>
    public void Launch()
    {
        lock (_gate)
        {
            if (_isUnderWay)
            {
                return;
            }

            _isUnderWay = true;
            _queuedAt = time.GetTimestamp();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        lock (_gate)
        {
            _leastMs = Math.Min(_leastMs, time.GetElapsedTime(_queuedAt).TotalMilliseconds);
            _isUnderWay = false;
        }
    }

    /// <summary>The least delay since the last call, in ms; that of a probe under way when none came back.</summary>
    public double TakeMs()
    {
        lock (_gate)
        {
            var taken = _leastMs < double.MaxValue ? _leastMs : _isUnderWay ? time.GetElapsedTime(_queuedAt).TotalMilliseconds : 0;
            _leastMs = double.MaxValue;
            return taken;
        }
    }
}
