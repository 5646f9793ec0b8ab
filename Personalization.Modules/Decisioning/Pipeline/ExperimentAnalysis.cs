using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Experiments.Analysis;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Goes through what everybody did lately, for one question about an experiment. Nothing is kept: the answer is a function of the events, so late
/// ones, merges and erasures are in it. Of those who may be measured only. One at a time, on half of the cores.
/// </summary>
internal sealed class ExperimentAnalysis(IPastEvents past, IConsent consent) : IDisposable
{
    private const int Slice = 4_096;
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Null when another question is being answered.</summary>
    public async Task<ExperimentReport?> TryAnalyseAsync(ExperimentQuestion question, CancellationToken cancellationToken)
    {
        if (!await _one.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return null;
        }

        try
        {
            return await Task.Run(() => Analyse(question, cancellationToken), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private ExperimentReport Analyse(ExperimentQuestion question, CancellationToken cancellationToken)
    {
        var all = new ExperimentTally(question, past);
        var profiles = past.ProfileCount;
        var gate = new Lock();
        Parallel.For(
            0,
            (profiles + Slice - 1) / Slice,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2), CancellationToken = cancellationToken },
            () => (Tally: new ExperimentTally(question, past), Reader: past.CreateReader()),
            (slice, _, own) =>
            {
                for (var profile = slice * Slice; profile < Math.Min(profiles, (slice + 1) * Slice); profile++)
                {
                    if (own.Reader.TryRead(profile) && consent.May(profile, Purposes.Measure).IsAllowed)
                    {
                        own.Tally.Add(own.Reader);
                    }
                }

                return own;
            },
            own =>
            {
                lock (gate)
                {
                    all.Add(own.Tally);
                }
            });
        return ExperimentReport.Of(question, all);
    }
}
