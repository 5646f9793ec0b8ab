using System.Threading.Channels;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>Questions that shadows are to answer too, behind the decisions. Bounded; any thread asks, one loop answers.</summary>
internal sealed class ShadowQueue
{
    private const int MaxWaiting = 256;
    private readonly Channel<Action<TimeProvider>> _waiting =
        Channel.CreateBounded<Action<TimeProvider>>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Never waits; false when too many questions wait already.</summary>
    public bool TryAsk(Action<TimeProvider> comparison) => _waiting.Writer.TryWrite(comparison);

    /// <summary>Compares as questions come, until it is told to stop. One caller.</summary>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await foreach (var comparison in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            comparison(time);
        }
    }
}

/// <summary>A version that answers every 32nd live question too, unseen, and what it had in common with what was served. Thread-safe.</summary>
/// <param name="queue">Of all shadows.</param>
/// <param name="answer">Asks a version; only on the queue's loop, so that it may reuse what it works with.</param>
/// <typeparam name="TVersion">What answers; immutable.</typeparam>
/// <typeparam name="TQuestion">A copy of what was asked.</typeparam>
internal sealed class Shadow<TVersion, TQuestion>(ShadowQueue queue, Func<TVersion, TQuestion, ScoredItem[], int> answer)
    where TVersion : class
{
    private const int Answers = 20;
    private const int Every = 32;
    private readonly Lock _lock = new();
    private readonly ScoredItem[] _served = new ScoredItem[Answers];
    private readonly ScoredItem[] _shadowed = new ScoredItem[Answers];
    private volatile Shadowed? _current;
    private int _asked;

    /// <summary>Whether the question at hand is to be copied and asked. Costs a decision one read while there is no shadow.</summary>
    public bool IsDue => _current is not null && Interlocked.Increment(ref _asked) % Every == 0;

    /// <summary>Begins anew with a version; null ends it.</summary>
    public void Set(long number, TVersion? version) => _current = version is null ? null : new Shadowed(version, new ShadowTally(number));

    /// <summary>When too many questions wait it is not compared, and counted.</summary>
    public void Ask(TVersion live, TQuestion question)
    {
        if (_current is { } current && !queue.TryAsk(time => Compare(current, live, question, time)))
        {
            lock (_lock)
            {
                current.Tally.Drop();
            }
        }
    }

    /// <summary>What came of it so far; null when there is none.</summary>
    public ShadowReport? Read()
    {
        lock (_lock)
        {
            return _current?.Tally.Report();
        }
    }

    private void Compare(Shadowed current, TVersion live, TQuestion question, TimeProvider time)
    {
        var first = answer(live, question, _served);
        var start = time.GetTimestamp();
        var second = answer(current.Version, question, _shadowed);
        var elapsed = time.GetElapsedTime(start);
        lock (_lock)
        {
            current.Tally.Add(_served.AsSpan(0, first), _shadowed.AsSpan(0, second), elapsed);
        }
    }

    private sealed record Shadowed(TVersion Version, ShadowTally Tally);
}

/// <summary>Adds up what a shadow had in common with what was served.</summary>
internal sealed class ShadowTally(long version)
{
    private long _compared;
    private long _sameFirst;
    private long _dropped;
    private double _overlap;
    private double _microseconds;

    public void Add(ReadOnlySpan<ScoredItem> served, ReadOnlySpan<ScoredItem> shadowed, TimeSpan elapsed)
    {
        var common = 0;
        foreach (ref readonly var item in served)
        {
            foreach (ref readonly var other in shadowed)
            {
                common += item.Item == other.Item ? 1 : 0;
            }
        }

        _compared++;
        _overlap += served.IsEmpty ? (shadowed.IsEmpty ? 1 : 0) : common / (double)served.Length;
        _sameFirst += (served.IsEmpty && shadowed.IsEmpty) || (!served.IsEmpty && !shadowed.IsEmpty && served[0].Item == shadowed[0].Item) ? 1 : 0;
        _microseconds += elapsed.TotalMicroseconds;
    }

    public void Drop() => _dropped++;

    public ShadowReport Report() => _compared == 0
        ? new ShadowReport(version, 0, 0, 0, 0, _dropped)
        : new ShadowReport(version, _compared, _overlap / _compared, _sameFirst / (double)_compared, _microseconds / _compared, _dropped);
}
