using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Decisioning.Domain.Models.Sessions;
using Personalization.Decisioning.Endpoints.Governance;
using Personalization.Decisioning.Endpoints.Life;
using Personalization.Decisioning.Pipeline.Models;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Models;

/// <summary><c>/v1/learned-models</c>: what was trained here, from what, and how well it did. Server key required.</summary>
internal static class LearnedModelEndpoints
{
    private const int MaxBytes = 16_384;
    private const int MaxText = 2_000;
    private static readonly Problem Unknown = new("decisioning/unknown-learned-model", "No model of this name was trained", StatusCodes.Status404NotFound);
    private static readonly Problem Closed = new("decisioning/learned-model-closed", "No other version may answer", StatusCodes.Status409Conflict);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var models = endpoints.MapGroup("/v1/learned-models").RequireServerKey().AuditsPlainly("name");
        models.MapGet("", (LearnedModels learned) => TypedResults.Ok(learned.Trained.All.Select(Describe).ToList())).WithName("ListLearnedModels");
        models.MapGet("{name}", (string name, TrainedVersions versions) => versions.Names.Contains(name) ? TypedResults.Ok(Card(versions, name)) : Unknown.ToResult()).WithName("GetLearnedModel");
        models.MapPost("{name}/promote", (Delegate)PromoteAsync).WithName("PromoteLearnedModel");
        models.MapPost("{name}/rollback", (Delegate)RollbackAsync).WithName("RollBackLearnedModel");
        models.MapPost("{name}/canary", (Delegate)StartCanaryAsync).WithName("TryLearnedModel");
        models.MapDelete("{name}/canary", (string name, TrainedVersions versions) => versions.EndCanary(name) ? TypedResults.NoContent() : Unknown.ToResult("No version of it is being tried.")).WithName("EndLearnedModelCanary");
        models.MapPut("{name}/shadow", (string name, TrainedVersions versions) => Shadow(name, versions, isOn: true)).WithName("ShadowLearnedModel");
        models.MapDelete("{name}/shadow", (string name, TrainedVersions versions) => Shadow(name, versions, isOn: false)).WithName("EndLearnedModelShadow");
        models.MapPost("train", (Delegate)TrainAsync).WithName("TrainModels");
    }

    /// <summary>Trains from all that was accepted before the call. 200 with the versions that answer from now on, once they do.</summary>
    internal static async Task<IResult> TrainAsync(ModelTraining training, CancellationToken cancellationToken) =>
        TypedResults.Ok((await training.TrainAsync(cancellationToken)).Select(Describe).ToList());

    /// <summary>
    /// <c>{"despite": "why"}</c> where a gate is closed, else <c>{}</c>: the version that waits answers; after a rollback, what is trained does so again. 200; 400;
    /// 404; 409 when none waits, or with the gates that are closed.
    /// </summary>
    internal static async Task<IResult> PromoteAsync(string name, HttpContext context, TrainedVersions versions)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Promotion>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Despite?.Length is 0 or > MaxText ? GovernanceProblems.InvalidBody.ToResult($"despite must have 1 to {MaxText} characters.")
            : Answer(name, versions, () => versions.Promote(name, wanted.Despite));
    }

    /// <summary><c>{"text": "why"}</c>, or <c>{}</c>: what answered before answers again, until somebody promotes. 200; 400; 404; 409 when none is kept.</summary>
    internal static async Task<IResult> RollbackAsync(string name, HttpContext context, TrainedVersions versions)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Reason>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Text?.Length is 0 or > MaxText ? GovernanceProblems.InvalidBody.ToResult($"text must have 1 to {MaxText} characters.")
            : Answer(name, versions, () => versions.Rollback(name, wanted.Text));
    }

    /// <summary>
    /// <c>{"share", "answers", "maxDays", "maxHitRateLoss", "despite"}</c>, each of which may be left out: the version that waits answers that share of decisions
    /// until the rule promotes it or takes it back. 200; 400; 404; 409 with all that is wrong, or the gates that are closed.
    /// </summary>
    internal static async Task<IResult> StartCanaryAsync(string name, HttpContext context, TrainedVersions versions)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<NewCanary>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Despite?.Length is 0 or > MaxText ? GovernanceProblems.InvalidBody.ToResult($"despite must have 1 to {MaxText} characters.")
            : Answer(name, versions, () => versions.StartCanary(name, wanted.Rule, wanted.Despite, context.Actor()));
    }

    /// <summary>The version that waits answers every 32nd question too, unseen, or no longer. 204; 404 when none waits.</summary>
    internal static IResult Shadow(string name, TrainedVersions versions, bool isOn) =>
        versions.SetShadow(name, isOn) ? TypedResults.NoContent() : Unknown.ToResult("No version of it waits.");

    private static IResult Answer(string name, TrainedVersions versions, Func<string?> change) =>
        !versions.Names.Contains(name) ? Unknown.ToResult()
        : change() is { } refused ? Closed.ToResult(refused)
        : TypedResults.Ok(Card(versions, name));

    /// <summary>All that is known of a model's versions, made of what was measured and never written by hand.</summary>
    private static object Card(TrainedVersions versions, string name)
    {
        var state = versions.Of(name);
        return new
        {
            name,
            limits = LimitsOf(name),
            isHeld = state.IsHeld,
            live = state.Live is null ? null : Describe(state.Live),
            before = state.Before.Reverse().Select(Describe),
            candidate = state.Candidate is null ? null : Describe(state.Candidate),
            canary = state.Canary,
            shadow = versions.ReadShadow(name),
        };
    }

    private static object Describe(TrainedVersion version) => new
    {
        version = version.Model.Version,
        trainedAt = DateTimeOffset.FromUnixTimeMilliseconds(version.MadeAtMs),
        isOnDisk = version.Id != 0,
        note = version.Note,
        people = version.Members.Count,
        ofErasedPeople = version.OfErasedPeople,
        check = version.Check,
        lineage = version.Model.Lineage,
    };

    private static string[] LimitsOf(string name) => name switch
    {
        NextPurchaseModel.ModelName =>
        [
            "Knows nothing of items that fewer than the configured number of shoppers bought, nor of shoppers without orders.",
            "Its weights were chosen on the held-out end of the purchases; the numbers were then fitted to all of them, on which nothing can be measured.",
        ],
        ContentModel.ModelName => ["Knows only what the catalogue says: items described alike need not go together."],
        SessionOrderModel.ModelName =>
        [
            "Two numbers from a ladder; sessions are read while they go on, so that those of the last moments before its offset may be in it or not: a replay of the same log finds the same numbers unless two steps of the ladder are as good.",
        ],
        _ => [],
    };

    private static object Describe(IModel model) => new
    {
        name = model.Name,
        version = model.Version,
        lineage = model.Lineage,
    };

    internal sealed record Promotion(string? Despite = null);

    internal sealed record Reason(string? Text = null);
}
