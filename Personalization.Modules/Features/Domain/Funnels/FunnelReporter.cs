using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Funnels;

/// <summary>
/// Counts a funnel over the histories of all profiles, beside everything else: in slices on a few threads of the pool, one report at a time.
/// </summary>
internal sealed class FunnelReporter(IProfileHistory history) : IDisposable
{
    private const int SliceProfiles = 4_096;

    /// <summary>Half the machine: decisions and events come first.</summary>
    private static readonly int Threads = Math.Max(1, Environment.ProcessorCount / 2);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Null when another report is being made.</summary>
    /// <param name="funnel">Which.</param>
    /// <param name="fromMs">Attempts that began at this time or later, Unix ms.</param>
    /// <param name="toMs">And before this one.</param>
    /// <param name="isMeant">Which profiles.</param>
    /// <param name="cancellationToken">Ends the counting between two slices.</param>
    public async Task<FunnelReport?> ReportAsync(CompiledFunnel funnel, long fromMs, long toMs, Func<int, bool> isMeant, CancellationToken cancellationToken)
    {
        if (!_one.Wait(0, cancellationToken))
        {
            return null;
        }

        try
        {
            var profiles = history.ProfileCount;
            var parts = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread =>
                Task.Run(() => Count(funnel, fromMs, toMs, isMeant, thread, profiles, cancellationToken), cancellationToken)));
            var whole = new FunnelReport(funnel);
            foreach (var part in parts)
            {
                whole.Add(part);
            }

            return whole;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private FunnelReport Count(
        CompiledFunnel funnel, long fromMs, long toMs, Func<int, bool> isMeant, int thread, int profiles, CancellationToken cancellationToken)
    {
        var facts = new ProfileFacts();
        var report = new FunnelReport(funnel);
        for (var start = thread * SliceProfiles; start < profiles; start += Threads * SliceProfiles)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var id = start; id < Math.Min(start + SliceProfiles, profiles); id++)
            {
                if (isMeant(id) && history.TryRead(id, facts))
                {
                    report.Add(facts, fromMs, toMs);
                }
            }
        }

        return report;
    }
}
