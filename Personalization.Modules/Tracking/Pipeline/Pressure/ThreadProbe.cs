namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// How long work waits for a thread of the pool, on which requests, decisions and stages run: a piece of work that does nothing is put
/// at the end of the queue now and then. A timer alone would not tell, since the pool lets timers go first. Allocates nothing.
/// </summary>
internal sealed class ThreadProbe(TimeProvider time) : IThreadPoolWorkItem
{
    private const int MostDelays = 32;

    private readonly Lock _gate = new();
    private readonly double[] _delaysMs = new double[MostDelays];
    private int _count;
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
            _delaysMs[_count++ % MostDelays] = time.GetElapsedTime(_queuedAt).TotalMilliseconds;
            _isUnderWay = false;
        }
    }

    /// <summary>
    /// The middle one of the delays since the last call, in ms; that of a probe under way when none came back. Not the least: threads are many,
    /// and one that happens to be free says nothing of the rest.
    /// </summary>
    public double TakeMs()
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                return _isUnderWay ? time.GetElapsedTime(_queuedAt).TotalMilliseconds : 0;
            }

            var delays = _delaysMs.AsSpan(0, Math.Min(_count, MostDelays));
            delays.Sort();
            _count = 0;
            return delays[delays.Length / 2];
        }
    }
}
