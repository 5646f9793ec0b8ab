using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Training;

/// <inheritdoc cref="ITrainingExport"/>
internal sealed class TrainingExport(ReplayServices services, TimeProvider time, ILoggerFactory loggers) : ITrainingExport
{
    private const string Unfinished = ".unfinished";

    public async Task<TrainingReport> RunAsync(TrainingRequest request, CancellationToken cancellationToken)
    {
        if (Path.Exists(request.Target))
        {
            throw new IOException($"{request.Target} is there already.");
        }

        var logPath = new DataDirectory(request.DataDirectory).File("log");
        var until = LogStore.EndOf(logPath);
        using var folder = ReplayFolder.Create(request.DataDirectory, time);
        var fresh = folder.Below("fresh");
        PrivacyCopy.Take(request.DataDirectory, fresh.Path);
        using var rows = new RowSpool(Path.Combine(folder.Path, "rows"));
        var outcomes = new TrainingOutcomes((long)request.Window.TotalMilliseconds);
        var clock = new LogClock();

        await using var instance = ReplayInstance.Create(services, logPath, until, fresh, loggers, own => AddStage(own, request, rows, outcomes, clock));
        await instance.RunAsync(instance.Load(), new ReplayPace(request.Share, time), cancellationToken);
        var partial = request.Target + Unfinished;
        try
        {
            Directory.CreateDirectory(partial);
            var report = Write(request, instance, partial, rows, outcomes, clock, cancellationToken);
            Directory.Move(partial, request.Target);
            return report;
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }

    private static void AddStage(IServiceCollection own, TrainingRequest request, RowSpool rows, TrainingOutcomes outcomes, LogClock clock)
    {
        var place = own.Select((descriptor, index) => (descriptor, index)).First(entry => entry.descriptor.ServiceType == typeof(FeaturesBegin)).index;
        own.Insert(place, ServiceDescriptor.Singleton<IEventStage>(provider => provider.GetRequiredService<TrainingStage>()));
        own.AddSingleton<TrainingStage>();
        own.AddSingleton<TrainingColumns>();
        own.AddSingleton(_ => request);
        own.AddSingleton(_ => rows);
        own.AddSingleton(outcomes);
        own.AddSingleton(clock);
        own.AddSingleton<TimeProvider>(clock);
        own.AddSingleton<InLogOrder>();
    }

    private TrainingReport Write(
        TrainingRequest request, ReplayInstance instance, string folder, RowSpool rows, TrainingOutcomes outcomes, LogClock clock, CancellationToken cancellationToken)
    {
        var stage = instance.Services.GetRequiredService<TrainingStage>();
        var columns = instance.Services.GetRequiredService<TrainingColumns>().All;
        var consent = instance.Services.GetRequiredService<IConsent>();
        var people = instance.Services.GetRequiredService<IProfileDirectory>();
        var (written, withdrawn) = (0L, 0L);
        rows.Rewind();
        var known = new byte[]?[columns.Count];
        using var writer = new TrainingSetWriter(folder, columns);
        for (var row = 0; row < outcomes.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < known.Length; i++)
            {
                known[i] = rows.Take(columns[i].Type);
            }

            var (profileId, shownAtMs, outcome) = outcomes[row];
            if (!consent.May(people.Canonical(profileId), Purposes.Train).IsAllowed)
            {
                withdrawn++;
                continue;
            }

            writer.Write(known, outcome, shownAtMs + (long)request.Window.TotalMilliseconds <= clock.NowMs);
            written++;
        }

        var report = new TrainingReport(instance.Until, written, stage.WithoutConsent, withdrawn, stage.BeyondLimit);
        TrainingManifest.Write(folder, request, report, writer.Columns, instance.Services, time.GetUtcNow());
        return report;
    }
}
