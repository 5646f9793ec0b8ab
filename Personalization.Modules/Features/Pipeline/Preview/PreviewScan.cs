using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Preview;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Preview;

/// <summary>
/// Asks everyone, on several threads of its own which take one chunk of profiles after the other. Events go on being applied meanwhile: each profile
/// is asked once, as it is at that moment.
/// </summary>
/// <param name="snapshots">Makes one thread's view of profiles.</param>
/// <param name="population">Whom to ask.</param>
internal sealed class PreviewScan(Func<ProfileSnapshot> snapshots, IPreviewPopulation population)
{
    /// <summary>Profiles of one chunk: about half a millisecond, after which whoever wants to cancel is heard.</summary>
    private const int ChunkSize = 1_024;

    /// <summary>Profiles of an estimate: its error is at most 2 of 100, and it takes a few ms.</summary>
    private const int EstimateSize = 4_096;

    /// <summary>A number's neighbours in an estimate are far from it, and whatever the count they are all different: a prime beyond any count.</summary>
    private const long Stride = 2_654_435_761;

    /// <summary>From a part of the profiles that is spread over all of them.</summary>
    public ShareEstimate Estimate(PreviewQuestion question, CancellationToken cancellationToken)
    {
        var numbers = population.Numbers;
        var worker = new PreviewWorker(snapshots(), question with { Compared = [], SampleSize = 0 }, population);
        var size = Math.Min(numbers, EstimateSize);
        for (var i = 0; i < size; i++)
        {
            if (i % 256 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            worker.Ask((int)(i * Stride % numbers));
        }

        // Numbers that are nobody's are as frequent among the others as among these.
        var tally = worker.Tally;
        var people = size == 0 ? 0 : (long)Math.Round(tally.Asked / (double)size * numbers);
        return ShareEstimate.Of(tally.Members, tally.Asked, people);
    }

    /// <summary>All of them.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async Task<PreviewTally> RunAsync(PreviewQuestion question, int threads, CancellationToken cancellationToken)
    {
        var next = new Chunks(population.Numbers);
        var workers = Enumerable.Range(0, threads).Select(_ => new PreviewWorker(snapshots(), question, population)).ToArray();
        await Task.WhenAll(workers.Select(worker => BackgroundWork.RunAsync(() => Count(worker, next, cancellationToken), "preview")));
        cancellationToken.ThrowIfCancellationRequested();
        var total = workers[0].Tally;
        foreach (var worker in workers.Skip(1))
        {
            total.AddAll(worker.Tally);
        }

        return total;
    }

    private static void Count(PreviewWorker worker, Chunks chunks, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && chunks.TryTake(out var first, out var end))
        {
            worker.AskAll(first, end);
        }
    }

    private sealed class Chunks(int numbers)
    {
        private int _taken = -1;

        public bool TryTake(out int first, out int end)
        {
            var start = (long)Interlocked.Increment(ref _taken) * ChunkSize;
            first = (int)Math.Min(start, numbers);
            end = (int)Math.Min(start + ChunkSize, numbers);
            return first < end;
        }
    }
}
