namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// How long work waits for a thread of the pool, on which requests and decisions run: a piece of work that does nothing is put
/// at the end of the queue now and then. A timer alone would not tell, since the pool lets timers go first. Allocates nothing.
/// </summary>
internal sealed class ThreadProbe(TimeProvider time) : IThreadPoolWorkItem
{
    /// <summary>Newest delays that are kept: more than come back in <see cref="Window"/>.</summary>
    private const int MostDelays = 128;

    /// <summary>Of so many delays nine in ten are no longer than what is told.</summary>
    private const double Share = 0.9;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly double[] _delaysMs = new double[MostDelays];
    private readonly long[] _cameBackAt = new long[MostDelays];
    private readonly double[] _sorted = new double[MostDelays];
    private int _count;
    private int _taken;
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
            var place = _count++ % MostDelays;
            _cameBackAt[place] = time.GetTimestamp();
            _delaysMs[place] = time.GetElapsedTime(_queuedAt, _cameBackAt[place]).TotalMilliseconds;
            _isUnderWay = false;
        }
    }

    /// <summary>
    /// The middle one of the delays since the last call, not the least: threads are many, and one that happens to be free says nothing of the rest. And what nine
    /// in ten of the last second's did not exceed. The delay of a probe under way counts when it is longer.
    /// </summary>
    public ThreadDelays Take()
    {
        lock (_gate)
        {
            var underWayMs = _isUnderWay ? time.GetElapsedTime(_queuedAt).TotalMilliseconds : 0;
            var (newest, kept) = (Math.Min(_count - _taken, MostDelays), 0);
            _taken = _count;
            for (var back = 1; back <= Math.Min(_count, MostDelays); back++)
            {
                var place = (_count - back) % MostDelays;
                if (back > newest && time.GetElapsedTime(_cameBackAt[place]) > Window)
                {
                    break;
                }

                _sorted[kept++] = _delaysMs[place];
            }

            var middle = newest == 0 ? underWayMs : At(newest, 0.5);
            return new ThreadDelays(middle, kept == 0 ? underWayMs : Math.Max(underWayMs, At(kept, Share)));
        }
    }

    /// <summary>Of the newest so many, the one that such a share does not exceed.</summary>
    private double At(int count, double share)
    {
        var delays = _sorted.AsSpan(0, count);
        delays.Sort();
        return delays[(int)Math.Ceiling(count * share) - 1];
    }
}

/// <summary>How long work waited for a thread, in ms.</summary>
/// <param name="MiddleMs">What stands: half of it waited so long.</param>
/// <param name="TailMs">One piece in ten waited longer.</param>
internal readonly record struct ThreadDelays(double MiddleMs, double TailMs);
