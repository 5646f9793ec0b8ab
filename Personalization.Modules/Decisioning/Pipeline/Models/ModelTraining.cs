using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;
using Personalization.Features.Contracts;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline.Models;

/// <summary>
/// Trains models in the background, on a thread that yields to everything else, for at most a share of one core. The data are taken while the
/// pipeline is at rest, so that a version belongs to a place in the log; that takes no copy. Nothing is trained from those who do not let it be
/// done now, and what was trained while somebody was erased is thrown away and trained again.
/// </summary>
internal sealed partial class ModelTraining(
    LearnedModels models,
    TrainedVersions versions,
    TrainedGates gates,
    IConsent consent,
    ICatalog catalog,
    Sequencer sequencer,
    IPipelineStatus pipeline,
    IOptions<ModelTrainingOptions> options,
    IOptions<DecisioningOptions> decisioning,
    TimeProvider time,
    ILogger<ModelTraining> logger) : BackgroundService
{
    private const int MaxRetries = 3;
    private readonly SemaphoreSlim _one = new(1, 1);
    private (long Purchases, long Clicks, long Erasures, int Items) _trained;

    /// <summary>Whether something was learnt, somebody erased or an item added since the last training.</summary>
    public bool IsDue => (models.Purchases.Learnt, models.Sessions.Learnt, models.Purchases.Erasures, catalog.Count) != _trained;

    /// <summary>Trains from everything that is in the log now, whether or not it is due. One at a time; others wait.</summary>
    /// <returns>What was trained; empty when there was too little to learn.</returns>
    public async Task<IReadOnlyList<IModel>> TrainAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; !await TryTrainAsync(cancellationToken); attempt++)
            {
                if (attempt == MaxRetries)
                {
                    LogGivenUp(logger, attempt);
                    versions.DropOfErasedPeople();
                    break;
                }
            }

            return models.Trained.All;
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var every = TimeSpan.FromMinutes(options.Value.EveryMinutes);
        try
        {
            while (!pipeline.IsCaughtUp)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }

            await LoadAsync(stoppingToken);
            while (true)
            {
                var worked = await TrainSafelyAsync(stoppingToken);
                var rest = worked * options.Value.RestPerWork;
                await Task.Delay(rest, time, stoppingToken);

                // Whoever is erased does not wait for the next half hour.
                await versions.WaitForErasureAsync(every > rest ? every - rest : TimeSpan.Zero, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<TimeSpan> TrainSafelyAsync(CancellationToken stoppingToken)
    {
        var start = time.GetTimestamp();
        try
        {
            if (IsDue || versions.HoldsErasedPeople)
            {
                await TrainAsync(stoppingToken);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException) // The loop must survive: the versions that there are answer on.
        {
            LogFailed(logger, error);
            versions.DropOfErasedPeople();
        }

        return time.GetElapsedTime(start);
    }

    /// <summary>What was kept answers until there is something new to learn; where nothing was added to the log there is not.</summary>
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            versions.Load(pipeline.AppliedOffset);
            if (models.Trained.All is [_, ..] all && all.All(model => model.Version == pipeline.AppliedOffset))
            {
                _trained = (models.Purchases.Learnt, models.Sessions.Learnt, models.Purchases.Erasures, catalog.Count);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException) // Without what was kept it is trained anew, as if nothing were.
        {
            LogNotLoaded(logger, error);
        }
        finally
        {
            _one.Release();
        }
    }

    private NeighbourWeights Weights => new() { SessionsPerItem = decisioning.Value.SessionsPerItem, Neighbours = decisioning.Value.Neighbours };

    /// <returns>False when somebody was erased meanwhile.</returns>
    private async Task<bool> TryTrainAsync(CancellationToken cancellationToken)
    {
        var cut = await CutAsync(cancellationToken);
        versions.Load(cut.Offset);
        NextPurchaseModel? nextPurchases = null;
        RecipeComparison? against = null;
        ContentModel? content = null;
        SessionOrderModel? order = null;
        ProfileSet members = new();
        var start = time.GetTimestamp();
        await BackgroundWork.RunAsync(
            () =>
            {
                var data = PurchaseData.From(cut.Histories, profile => consent.May(profile, Purposes.Train).IsAllowed, options.Value.MaxTrainingPurchases);
                members = data.Members;
                (nextPurchases, against) = NextPurchaseTrainer.Train(data, options.Value.NextPurchases, cut.Offset, models.Trained.NextPurchases, cancellationToken);
                content = ContentModel.Build(catalog, options.Value.MaxContentItems, cut.Offset, cut.AtMs, cancellationToken);
                order = SessionOrderTrainer.Train(models.Sessions, Weights, decisioning.Value.MaxItems, cut.Offset, cut.AtMs, cancellationToken);
            },
            "model training");
        if (models.Purchases.Erasures != cut.Erasures)
        {
            return false;
        }

        await BackgroundWork.RunAsync(
            () =>
            {
                Offer(NextPurchaseModel.ModelName, nextPurchases, members, model => gates.Check(model, members, against, cut.Histories));
                Offer(ContentModel.ModelName, content, new ProfileSet(), gates.Check);
                Offer(SessionOrderModel.ModelName, order, new ProfileSet(), gates.Check);
            },
            "model gates");
        versions.DropOfErasedPeople();
        _trained = (cut.Purchases, cut.Clicks, cut.Erasures, cut.Items);
        LogTrained(logger, cut.Offset, nextPurchases?.Lineage.Examples ?? 0, (long)time.GetElapsedTime(start).TotalMilliseconds);
        return true;
    }

    private void Offer<T>(string name, T? trained, ProfileSet members, Func<T, TrainedCheck> check)
        where T : class, IModel
    {
        if (trained is null)
        {
            versions.Drop(name);
        }
        else
        {
            versions.Offer(trained, members, check(trained));
        }
    }

    private async Task<Cut> CutAsync(CancellationToken cancellationToken)
    {
        Cut? cut = null;
        await pipeline.WaitUntilAppliedAsync(cancellationToken);
        await sequencer.AtRestAsync(
            () =>
            {
                cut = new Cut(
                    models.Purchases.Snapshot(), pipeline.AppliedOffset, time.GetUtcNow().ToUnixTimeMilliseconds(), models.Purchases.Learnt, models.Sessions.Learnt, models.Purchases.Erasures, catalog.Count);
                return Task.CompletedTask;
            },
            cancellationToken);
        return cut!;
    }

    [LoggerMessage(EventId = 5250, Level = LogLevel.Information, Message = "Trained models from {Purchases} purchases up to offset {Offset} in {Milliseconds} ms")]
    private static partial void LogTrained(ILogger logger, long offset, long purchases, long milliseconds);

    [LoggerMessage(EventId = 5251, Level = LogLevel.Error, Message = "Training models failed; the versions before it answer on")]
    private static partial void LogFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 5385, Level = LogLevel.Error, Message = "Models that were kept could not be read; they are trained anew")]
    private static partial void LogNotLoaded(ILogger logger, Exception error);

    [LoggerMessage(EventId = 5252, Level = LogLevel.Warning, Message = "Somebody was erased during each of {Attempts} trainings; they are tried again later")]
    private static partial void LogGivenUp(ILogger logger, int attempts);

    /// <summary>What was known at one place in the log.</summary>
    private sealed record Cut(
        List<(int Profile, ReadOnlyMemory<long> Cells)> Histories, long Offset, long AtMs, long Purchases, long Clicks, long Erasures, int Items);
}
