namespace Personalization.Kernel.Privacy;

/// <summary>
/// One erasure, backup, tidying or comparison at a time: a backup's open readers would keep an erasure from emptying the write-ahead logs,
/// and a copy of half an erasure would be worth nothing. Work that nobody waits for gives way to the rest.
/// </summary>
internal sealed class MaintenanceGate : IDisposable
{
    private readonly SemaphoreSlim _free = new(1, 1);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _yielding;
    private int _waiting;

    /// <summary>Waits for its turn; whoever is there and gives way is told to.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting++;
            _yielding?.Cancel();
        }

        try
        {
            await _free.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _waiting--;
            }
        }

        return new Leaving(this);
    }

    /// <summary>Waits for its turn, and has it until somebody else comes.</summary>
    /// <param name="wanted">Cancelled when the turn is wanted back.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IDisposable> EnterYieldingAsync(CancellationTokenSource wanted, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        lock (_gate)
        {
            _yielding = wanted;
            if (_waiting > 0)
            {
                wanted.Cancel();
            }
        }

        return new Leaving(this);
    }

    public void Dispose() => _free.Dispose();

    private void Leave()
    {
        lock (_gate)
        {
            _yielding = null;
        }

        _free.Release();
    }

    private sealed class Leaving(MaintenanceGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
