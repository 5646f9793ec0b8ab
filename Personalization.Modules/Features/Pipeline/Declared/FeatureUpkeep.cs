using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>
/// Puts what the configuration declares, once the log has been applied, and makes versions live that are ready. Both are entries of the log, so that a
/// replay does neither: it finds them there.
/// </summary>
internal sealed partial class FeatureUpkeep(
    FeatureRegistry registry,
    IDefinitionLog definitions,
    FeatureReadiness readiness,
    IEventLog log,
    IPipelineStatus pipeline,
    FreshnessGate gate,
    IOptions<DeclaredFeaturesOptions> options,
    TimeProvider time,
    ILogger<FeatureUpkeep> logger) : BackgroundService
{
    private const string Actor = "configuration";
    private const int NextVersion = 0;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Why a configured feature is not put, as it was told last, by its id.</summary>
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BetweenLooks, time);
        var isConfigured = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!pipeline.IsCaughtUp)
            {
                continue;
            }

            gate.Open();
            try
            {
                isConfigured = isConfigured || await PutConfiguredAsync(stoppingToken);
                await FillAsync(stoppingToken);
                await ActivateReadyAsync(stoppingToken);
            }
            catch (Exception error) when (error is IOException or DbException or DefinitionRefusedException)
            {
                LogRefused(error);
            }
        }
    }

    private async Task<bool> PutConfiguredAsync(CancellationToken cancellationToken)
    {
        // Ratios come after the features that they are of, and those may become live only a look later.
        var isDone = true;
        foreach (var (id, text) in options.Value.Definitions.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var body = JsonElement.Parse(text);
            if (registry.NewestOf(id) is { } newest && JsonElement.DeepEquals(JsonElement.Parse(newest.Body), body))
            {
                continue;
            }

            var faults = registry.Check(id, body);
            isDone &= faults.Count == 0;
            if (faults.Count == 0)
            {
                await AppendAsync(id, DefinitionAction.Put, NextVersion, body, cancellationToken);
            }
            else
            {
                TellOnce(id, faults[0]);
            }
        }

        return isDone;
    }

    /// <summary>One more piece of the log, at a place of the log: what a piece did is in its states, and a replay does the same at the same places.</summary>
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (registry.NextToFill() is not (>= 0 and var from))
        {
            return;
        }

        var entry = new FeatureFillEntry(time.GetUtcNow().ToUnixTimeMilliseconds(), from, from + options.Value.EventsFilledAtOnce);
        try
        {
            if (log.TryAppend(entry) == Admission.Accepted)
            {
                await entry.Committed;
                await pipeline.WaitUntilAppliedAsync(cancellationToken);
            }
        }
        finally
        {
            entry.Release();
        }
    }

    private async Task ActivateReadyAsync(CancellationToken cancellationToken)
    {
        foreach (var version in registry.Current.Versions)
        {
            if (version.Phase == VersionPhase.Preparing && readiness.IsReady(version))
            {
                await AppendAsync(version.Id, DefinitionAction.Activate, version.Version, default, cancellationToken);
                LogActivated(version.Id, version.Version);
            }
        }
    }

    private Task<long> AppendAsync(string id, DefinitionAction action, int version, JsonElement body, CancellationToken cancellationToken) =>
        definitions.AppendAsync(
            new DefinitionChange(FeatureRegistry.DefinitionKind, id, action, version, body, Actor, time.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);

    [LoggerMessage(EventId = 3100, Level = LogLevel.Warning, Message = "A change of a feature could not be written to the log; it is tried again")]
    private partial void LogRefused(Exception error);

    /// <summary>A ratio waits a moment for its parts; what waits for good, because there is no room for it, somebody should know of.</summary>
    private void TellOnce(string id, DefinitionFault fault)
    {
        if (_told.GetValueOrDefault(id) == fault.Message)
        {
            return;
        }

        _told[id] = fault.Message;
        if (fault.Path.StartsWith("/of/", StringComparison.Ordinal))
        {
            LogNotYet(id, fault.Message);
        }
        else
        {
            LogNoRoom(id, fault.Message);
        }
    }

    [LoggerMessage(EventId = 3101, Level = LogLevel.Debug, Message = "The configured feature {Feature} is not put yet: {Reason}")]
    private partial void LogNotYet(string feature, string reason);

    [LoggerMessage(EventId = 4170, Level = LogLevel.Warning, Message = "The configured feature {Feature} cannot be put: {Reason}")]
    private partial void LogNoRoom(string feature, string reason);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Information, Message = "Version {Version} of the feature {Feature} is live")]
    private partial void LogActivated(string feature, int version);
}
