using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Storage.Assignments;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Pipeline.Experiments;

/// <summary>Writes new assignments to disk, behind the decisions; and erases a person's.</summary>
internal sealed partial class AssignmentKeeper(KeptAssignments kept, AssignmentStore store, ExperimentDesk desk, FlagAssignments flags, ILogger<AssignmentKeeper> logger)
    : BackgroundService, IPersonalDataStore, IIdentifierSource
{
    private const int BatchSize = 1_000;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Meter _meter = MeterOf(kept);

    public string Name => "decisioning/assignments";

    /// <summary>Devices that asked and never sent an event stand nowhere else.</summary>
    public IEnumerable<UInt128> Identifiers() => store.Owners().Where(owner => !PersonKeys.IsProfile(owner));

    public async ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // What still waits would come back after the rows went.
            WriteWaiting();
            var owners = OwnersOf(subject);
            kept.Remove((owner, _) => owners.Contains(owner));
            return store.Erase(owners);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => (await ReadAsync(subject, cancellationToken)).Count;

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var row in await ReadAsync(subject, cancellationToken))
        {
            var described = flags.Describe(row.Experiment, row.Arm) ?? desk.Describe(row.Experiment, row.Arm);
            json.WriteStartObject();
            json.WriteString("experiment", described?.Experiment ?? "one that is gone");
            json.WriteString("arm", described?.Arm);
            json.WriteString("assignedAt", DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Forgets the assignments of experiments that are gone.</summary>
    public async Task ForgetAsync(IReadOnlyList<int> experiments, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            WriteWaiting();
            kept.Remove((_, experiment) => experiments.Contains(experiment));
            store.Forget(experiments);
        }
        finally
        {
            _writing.Release();
        }
    }

    public override void Dispose()
    {
        _writing.Dispose();
        _meter.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => PipelineThread.RunAsync("assignments", () => WriteUntilAsync(stoppingToken));

    private async Task WriteUntilAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await kept.Fresh.WaitToReadAsync(stoppingToken))
            {
                await _writing.WaitAsync(stoppingToken);
                try
                {
                    WriteWaiting();
                }
                catch (Exception error) // The loop must survive: without it nothing would be kept any more.
                {
                    LogFailed(error);
                }
                finally
                {
                    _writing.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            WriteWaiting();
        }
    }

    private static Meter MeterOf(KeptAssignments kept)
    {
        var meter = new Meter(DecisionMeter.Name);
        meter.CreateObservableGauge("personalization.experiment_assignments", () => kept.Count, "{assignment}", "Kept assignments of experiments");
        meter.CreateObservableCounter("personalization.experiment_assignments_refused", () => kept.Refused, "{decision}", "Decisions for people whose assignment could not be kept");
        meter.CreateObservableCounter("personalization.experiment_assignments_unwritten", () => kept.Unwritten, "{assignment}", "Assignments that a restart forgets");
        return meter;
    }

    private void WriteWaiting()
    {
        var batch = new List<AssignmentRow>();
        do
        {
            batch.Clear();
            while (batch.Count < BatchSize && kept.Fresh.TryRead(out var row))
            {
                batch.Add(row);
            }

            if (batch.Count > 0)
            {
                store.Add(batch);
            }
        }
        while (batch.Count == BatchSize);
    }

    private async Task<IReadOnlyList<AssignmentRow>> ReadAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            WriteWaiting();
            return store.Of(OwnersOf(subject));
        }
        finally
        {
            _writing.Release();
        }
    }

    private static HashSet<UInt128> OwnersOf(ErasureSubject subject) => [.. subject.IdentifierKeys, .. subject.ProfileIds.Select(PersonKeys.OfProfile)];

    [LoggerMessage(EventId = 5350, Level = LogLevel.Error, Message = "Assignments of experiments could not be written; they are in memory only")]
    private partial void LogFailed(Exception error);
}
