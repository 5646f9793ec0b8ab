using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Replay;

/// <summary>
/// Recomputes everything that is derived from the log, and compares it row by row with the last checkpoint of an installation. Needs
/// the files alone: it runs within the host as well as beside it, or when there is none.
/// </summary>
public interface IParityCheck
{
    /// <summary>Compares, and leaves nothing behind. Any number may run beside each other.</summary>
    /// <exception cref="FileNotFoundException">There is no log, or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The files do not belong together, or to this program.</exception>
    /// <exception cref="InvalidOperationException">A part of the embedding program cannot be replayed.</exception>
    Task<ParityReport> RunAsync(ParityRequest request, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IParityCheck"/>
internal sealed class ParityCheck(ReplayServices services, IEnumerable<IJoinedProfiles> joined, TimeProvider time, ILoggerFactory loggers) : IParityCheck
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    public async Task<ParityReport> RunAsync(ParityRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        CutCopy.AssertIn(request.DataDirectory);
        using var folder = ReplayFolder.Create(request.DataDirectory, time);
        var (live, fresh) = (folder.Below("live"), folder.Below("fresh"));
        var (offset, files) = await CutCopy.TakeAsync(request.DataDirectory, live.Path, time, cancellationToken);
        var logPath = new DataDirectory(request.DataDirectory).File("log");
        PrivacyCopy.Take(request.DataDirectory, fresh.Path);
        var erasures = ErasureMarks(logPath).Count;
        if (erasures > 0 && !ReplayBase.TryTake(request.DataDirectory, erasures, offset, fresh))
        {
            return Unbased(request, live, files, new ParityReport(
                ParityVerdict.Erased, offset, From: 0, time.GetElapsedTime(started).TotalSeconds, erasures, [], [], []));
        }

        IReadOnlyList<ICheckpointed> states;
        bool isOrdered;
        long from;
        SampledProfiles? sampled = null;
        var sample = request.Sample is null ? null : new ReplaySample();
        await using (var instance = ReplayInstance.Create(services, logPath, offset, fresh, loggers, sample is null ? null : own => own.AddSingleton(sample)))
        {
            states = [.. instance.Services.GetServices<ICheckpointed>()];
            isOrdered = instance.Services.GetService<StageOrder>()?.IsOfTheLog ?? true;
            if (sample is not null)
            {
                await BackgroundWork.RunAsync(
                    () => sampled = SampleDraw.Draw(sample, live, SampleDraw.Tables(states), joined, request.Sample!, cancellationToken), "draw of a sample");
            }

            await using var telling = Tell(instance, request.Progress);
            from = instance.Load();
            await instance.RunAsync(from, new ReplayPace(request.Share, time), cancellationToken);
        }

        var comparison = new CutComparison(request.MaxDifferences);
        var faults = new List<string>();
        var pair = new CutPair(live, fresh, files);
        await BackgroundWork.RunAsync(Compare, "comparison with a replay");
        var isSame = faults.Count == 0 && comparison.Tables.All(table => table.Different == 0);
        var isErased = ErasureMarks(logPath).Count != erasures;
        return new ParityReport(
            isSame ? ParityVerdict.Same : isErased ? ParityVerdict.Erased : ParityVerdict.Differs,
            offset, from, time.GetElapsedTime(started).TotalSeconds, erasures, comparison.Tables, comparison.Differences, faults)
        {
            Sample = sampled,
        };

        void Compare()
        {
            if (sample is null)
            {
                CompareAll(comparison, pair, states, isOrdered, faults, cancellationToken);
            }
            else
            {
                CompareSample(comparison, pair, SampleDraw.Tables(states), sample, faults, cancellationToken);
            }
        }
    }

    private static void CompareSample(
        CutComparison comparison, CutPair pair, IReadOnlyDictionary<string, byte[]> tables, ReplaySample sample, List<string> faults, CancellationToken cancellationToken)
    {
        if (sample.Unforeseen is { } fault)
        {
            faults.Add(fault);
        }

        foreach (var (file, numbers) in tables.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (IsOfOneVersion(pair, file, new Dictionary<byte, ReplayRowsAttribute>(), faults))
            {
                comparison.Compare(file, pair.Live.File(file), pair.Replayed.File(file), numbers, sample.Drawn, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Numbers that were given to who is erased now are given to others in a replay, and what they had a part in stays as it was: only what
    /// came after can be compared, with a replay that begins behind it.
    /// </summary>
    private static ParityReport Unbased(ParityRequest request, DataDirectory live, IReadOnlyList<string> files, ParityReport report)
    {
        if (!request.MayKeepBase)
        {
            return report;
        }

        ReplayBase.Keep(request.DataDirectory, live.Path, files, report.Erasures, report.Offset);
        return report with { Verdict = ParityVerdict.Rebased };
    }

    private static void CompareAll(
        CutComparison comparison, CutPair pair, IReadOnlyList<ICheckpointed> states, bool isOrdered, List<string> faults, CancellationToken cancellationToken)
    {
        foreach (var group in states.GroupBy(state => state.FileName, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var (livePath, replayedPath) = (pair.Live.File(group.Key), pair.Replayed.File(group.Key));
            if (!File.Exists(livePath))
            {
                faults.Add($"The checkpoint has no file {group.Key}.db.");
                continue;
            }

            var forms = FormsOf(group, isOrdered);
            if (IsOfOneVersion(pair, group.Key, forms, faults))
            {
                comparison.Compare(group.Key, livePath, replayedPath, forms, cancellationToken);
            }
        }

        var known = states.Select(state => state.FileName + ".db").ToHashSet(StringComparer.Ordinal);
        faults.AddRange(pair.Files.Where(file => !known.Contains(file)).Select(file => $"Nothing in this program writes {file}, which is in the checkpoint."));
    }

    private static bool IsOfOneVersion(CutPair pair, string file, IReadOnlyDictionary<byte, ReplayRowsAttribute> forms, List<string> faults)
    {
        var isOne = new CutRows(pair.Live.File(file), forms).Version() == new CutRows(pair.Replayed.File(file), forms).Version();
        if (!isOne)
        {
            faults.Add($"{file}.db was written by a program of another version, whose rows mean something else.");
        }

        return isOne;
    }

    private static Dictionary<byte, ReplayRowsAttribute> FormsOf(IEnumerable<ICheckpointed> states, bool isOrdered) => states
        .SelectMany(state => state.GetType().GetCustomAttributes<ReplayRowsAttribute>())
        .Where(form => !form.OnlyWherePartitioned || !isOrdered)
        .ToDictionary(form => form.Table);

    private static IReadOnlySet<string> ErasureMarks(string logPath)
    {
        using var log = LogStore.OpenReadOnly(logPath, until: 0);
        return log.ErasureMarks();
    }

    private ITimer? Tell(ReplayInstance instance, Action<long, long>? progress) => progress is null
        ? null
        : time.CreateTimer(_ => progress(instance.Applied, instance.Until), state: null, ProgressInterval, ProgressInterval);

    private sealed record CutPair(DataDirectory Live, DataDirectory Replayed, IReadOnlyList<string> Files);
}
