namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// Large bodies take turns, so that a single event never stands behind a hundred batches that are all being read at once: a few at a time,
/// the sources one after the other, in order within a source. What waits is bounded in bodies and bytes, and its wait is measured.
/// Thread-safe.
/// </summary>
/// <param name="largeBytes">From so many bytes on a body is large.</param>
/// <param name="atATime">Bodies that are read at a time.</param>
/// <param name="maxWaiting">Bodies that may wait.</param>
/// <param name="maxWaitingBytes">Their bytes.</param>
/// <param name="time">The clock of the waits.</param>
internal sealed class LargeBodyTurns(int largeBytes, int atATime, int maxWaiting, long maxWaitingBytes, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Queue<Waiter>> _bySource = [];
    private readonly Queue<int> _turns = new();
    private double _leastWaitMs = double.MaxValue;
    private int _running;
    private int _waiting;
    private long _waitingBytes;

    public int Waiting => Volatile.Read(ref _waiting);

    public bool IsLarge(int bytes) => bytes >= largeBytes;

    /// <summary>Completes when it is the body's turn; the caller then calls <see cref="Leave"/> when it has read it. False when too many wait.</summary>
    public ValueTask<bool> EnterAsync(int source, int bytes)
    {
        lock (_gate)
        {
            if (_running < atATime)
            {
                _running++;
                _leastWaitMs = 0;
                return ValueTask.FromResult(true);
            }

            if (_waiting == maxWaiting || _waitingBytes + bytes > maxWaitingBytes)
            {
                return ValueTask.FromResult(false);
            }

            var waiter = new Waiter(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), bytes, time.GetTimestamp());
            if (!_bySource.TryGetValue(source, out var queue))
            {
                _bySource.Add(source, queue = new Queue<Waiter>());
            }

            if (queue.Count == 0)
            {
                _turns.Enqueue(source);
            }

            queue.Enqueue(waiter);
            _waiting++;
            _waitingBytes += bytes;
            return new ValueTask<bool>(waiter.Turn.Task);
        }
    }

    /// <summary>Gives the turn to the next.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (!_turns.TryDequeue(out var source))
            {
                _running--;
                return;
            }

            var queue = _bySource[source];
            var next = queue.Dequeue();
            if (queue.Count > 0)
            {
                _turns.Enqueue(source);
            }
            else
            {
                _bySource.Remove(source);
            }

            _waiting--;
            _waitingBytes -= next.Bytes;
            _leastWaitMs = Math.Min(_leastWaitMs, WaitMs(next));
            next.Turn.SetResult(true);
        }
    }

    /// <summary>The least wait of those who got their turn since the last call, in ms; when none did, that of the one who is next.</summary>
    public double TakeWaitMs()
    {
        lock (_gate)
        {
            var taken = _leastWaitMs < double.MaxValue ? _leastWaitMs : _turns.TryPeek(out var source) ? WaitMs(_bySource[source].Peek()) : 0;
            _leastWaitMs = double.MaxValue;
            return taken;
        }
    }

    private double WaitMs(Waiter waiter) => time.GetElapsedTime(waiter.Since).TotalMilliseconds;

    private readonly record struct Waiter(TaskCompletionSource<bool> Turn, int Bytes, long Since);
}
