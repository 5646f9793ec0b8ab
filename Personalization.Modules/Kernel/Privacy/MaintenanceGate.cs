namespace Personalization.Kernel.Privacy;

/// <summary>
/// One erasure, backup or tidying at a time: a backup's open readers would keep an erasure from emptying the write-ahead logs, and a
/// copy of half an erasure would be worth nothing.
/// </summary>
internal sealed class MaintenanceGate : IDisposable
{
    private readonly SemaphoreSlim _free = new(1, 1);

    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Leaving(_free);
    }

    public void Dispose() => _free.Dispose();

    private sealed class Leaving(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
