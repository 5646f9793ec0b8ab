using System.Text.Json;
using MediatR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts.Experiments;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Kernel.Audit;

namespace Personalization.Decisioning.Pipeline.Experiments;

/// <summary>
/// Looks at what runs every so often: stops arms that surely do harm, and lets bandits divide their people anew. Both rest on what people did, as it stands
/// in their kept events at the time of the look.
/// </summary>
internal sealed partial class ExperimentWatch(
    ExperimentDesk desk, ExperimentAnalysis analysis, IAuditLog audit, IMediator mediator, IOptions<ExperimentOptions> options, TimeProvider time, ILogger<ExperimentWatch> logger)
    : BackgroundService
{
    private const string Actor = "system";

    /// <summary>One look at everything that runs.</summary>
    /// <returns>False when an experiment was left out because somebody else was asking.</returns>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var isWhole = true;
        foreach (var known in desk.All().Where(known => known.State.Status == ExperimentStatus.Running))
        {
            isWhole &= await StopHarmedArmsAsync(known, cancellationToken);

            // As it is now: an arm may just have been stopped.
            if (known.Definition.Bandit is not null && desk.Find(known.Definition.Key) is { State.Status: ExperimentStatus.Running } now)
            {
                isWhole &= await AllocateAsync(now, cancellationToken);
            }
        }

        return isWhole;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Value.LookEveryMinutes), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException) // The loop must survive: nobody else guards the arms.
                {
                    LogFailed(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task<bool> StopHarmedArmsAsync(KnownExperiment known, CancellationToken cancellationToken)
    {
        var question = ExperimentLook.QuestionOf(known)!;
        var guardrails = question.Metrics.Where(metric => metric.GuardrailMargin is not null).ToList();
        if (guardrails.Count == 0)
        {
            return true;
        }

        if (await analysis.TryAnalyseAsync(question with { Metrics = guardrails }, cancellationToken) is not { } report)
        {
            return false;
        }

        foreach (var (arm, guardrail) in ExperimentLook.HarmedArms(report).Where(harmed => !known.State.StoppedArms.ContainsKey(harmed.Arm)))
        {
            if (desk.StopArm(known.Definition.Key, arm, $"breaks {guardrail}", Actor) is not { Known: not null })
            {
                continue; // Of an earlier definition, or gone meanwhile.
            }

            LogStopped(known.Definition.Key, arm, guardrail);
            await audit.AppendAsync(
                new AuditRecord("experiment.arm-stopped", Actor, "experiment:" + known.Definition.Key, JsonSerializer.Serialize(new { arm, guardrail })), CancellationToken.None);
            await TellAsync(new ExperimentArmStopped(known.Definition.Key, arm, guardrail), cancellationToken);
        }

        return true;
    }

    private async Task<bool> AllocateAsync(KnownExperiment known, CancellationToken cancellationToken)
    {
        var metric = known.Definition.Question.Metrics.First(candidate => candidate.Id == known.Definition.Bandit!.Metric);
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var question = ExperimentLook.QuestionOf(known)! with { Metrics = [metric with { GuardrailMargin = null }], UntilMs = nowMs - metric.DelayMs - metric.WindowMs };
        if (await analysis.TryAnalyseAsync(question, cancellationToken) is not { } report)
        {
            return false;
        }

        if (ExperimentLook.Allocate(known, report, seed: (int)(nowMs & int.MaxValue)) is { } weights)
        {
            var why = string.Join(", ", known.Definition.Arms.Select((arm, i) => FormattableString.Invariant($"{arm.Key} {weights[i]:0.###}")));
            desk.Allocate(known.Definition.Key, weights, Actor, why);
            LogAllocated(known.Definition.Key, why);
        }

        return true;
    }

    private async Task TellAsync(ExperimentArmStopped fact, CancellationToken cancellationToken)
    {
        try
        {
            await mediator.Publish(fact, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException) // The arm is stopped, whoever did not hear of it.
        {
            LogHandlerFailed(error);
        }
    }

    [LoggerMessage(EventId = 5351, Level = LogLevel.Warning, Message = "Experiment {Experiment}: arm {Arm} is stopped, it breaks {Guardrail}")]
    private partial void LogStopped(string experiment, string arm, string guardrail);

    [LoggerMessage(EventId = 5352, Level = LogLevel.Information, Message = "Experiment {Experiment} divides its people anew: {Weights}")]
    private partial void LogAllocated(string experiment, string weights);

    [LoggerMessage(EventId = 5353, Level = LogLevel.Error, Message = "A look at the running experiments failed; the next one comes")]
    private partial void LogFailed(Exception error);

    [LoggerMessage(EventId = 5354, Level = LogLevel.Error, Message = "A handler of a stopped arm failed")]
    private partial void LogHandlerFailed(Exception error);
}
