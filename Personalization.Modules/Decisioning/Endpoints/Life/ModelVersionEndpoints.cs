using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Endpoints.Governance;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Life;

/// <summary><c>/v1/model-versions</c>: versions of the product's own models, from their making to their rollback. Server key required.</summary>
internal static class ModelVersionEndpoints
{
    private const int MaxBytes = 16_384;
    private const int MaxText = 2_000;
    private const int ShownChanges = 100;

    private static readonly Problem Unknown = new("decisioning/unknown-model-version", "There is no such version of a model", StatusCodes.Status404NotFound);
    private static readonly Problem Invalid = new("decisioning/invalid-model-version", "The version cannot be taken", StatusCodes.Status422UnprocessableEntity);
    private static readonly Problem Closed = new("decisioning/model-gate-closed", "The version may not serve", StatusCodes.Status409Conflict);
    internal static readonly Problem Busy = new("decisioning/model-check-busy", "Another version is being checked", StatusCodes.Status429TooManyRequests);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var models = endpoints.MapGroup("/v1/model-versions").RequireServerKey().AuditsPlainly("model").AuditsPlainly("version");
        models.MapGet("", (ModelRegistry registry) => TypedResults.Ok(registry.Names.Select(name => Describe(registry, name)).ToList())).WithName("ListVersionedModels");
        models.MapGet("{model}", (string model, ModelRegistry registry) => registry.Model(model) is null ? Unknown.ToResult() : TypedResults.Ok(Describe(registry, model))).WithName("GetVersionedModel");
        models.MapPost("{model}", (Delegate)RegisterAsync).WithName("RegisterModelVersion");
        models.MapGet("{model}/changes", (string model, ModelRegistry registry) => TypedResults.Ok(registry.Changes(model, ShownChanges))).WithName("ListModelChanges");
        models.MapGet("{model}/{version:int}", (string model, int version, ModelRegistry registry) => registry.Find(model, version) is { } found ? TypedResults.Ok(found) : Unknown.ToResult()).WithName("GetModelVersion");
        models.MapGet("{model}/{version:int}/card", Card).WithName("GetModelCard");
        models.MapPost("{model}/{version:int}/check", (Delegate)CheckAsync).WithName("CheckModelVersion");
        models.MapPost("{model}/{version:int}/promote", (Delegate)PromoteAsync).WithName("PromoteModelVersion");
        models.MapPut("{model}/{version:int}/shadow", (string model, int version, ModelRegistry registry) => registry.Shadow(model, version) ? TypedResults.NoContent() : Unknown.ToResult()).WithName("ShadowModelVersion");
        models.MapDelete("{model}/shadow", (string model, ModelRegistry registry) => registry.Shadow(model, null) ? TypedResults.NoContent() : Unknown.ToResult()).WithName("EndModelShadow");
        models.MapPost("{model}/{version:int}/canary", (Delegate)StartCanaryAsync).WithName("TryModelVersion");
        models.MapDelete("{model}/canary", (string model, HttpContext context, ModelRegistry registry) => registry.EndCanary(model, null, context.Actor()) ? TypedResults.NoContent() : Unknown.ToResult()).WithName("EndModelCanary");
        models.MapPost("{model}/rollback", (Delegate)RollbackAsync).WithName("RollBackModel");
    }

    /// <summary><c>{"parameters": {…}, "note"}</c>. 200 with the version; 400; 404; 413; 422 with all faults.</summary>
    internal static async Task<IResult> RegisterAsync(string model, HttpContext context, ModelRegistry registry)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<NewVersion>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Note?.Length > MaxText ? TooLong("note")
            : Answer(registry.Register(model, wanted.Parameters, wanted.Note, context.Actor()), Invalid);
    }

    /// <summary>200 with the gates, open or closed; 404; 429 while another version is checked.</summary>
    internal static async Task<IResult> CheckAsync(string model, int version, HttpContext context, ModelRegistry registry, CheckSlot slot)
    {
        if (!slot.TryEnter())
        {
            context.Response.Headers.RetryAfter = "5";
            return Busy.ToResult();
        }

        try
        {
            var actor = context.Actor();
            return Answer(await Task.Run(() => registry.Check(model, version, actor, context.RequestAborted), context.RequestAborted), Invalid);
        }
        finally
        {
            slot.Leave();
        }
    }

    /// <summary><c>{"despite": "why"}</c> where a gate is closed, else <c>{}</c>. 200; 400; 404; 409 with the gates that are closed.</summary>
    internal static async Task<IResult> PromoteAsync(string model, int version, HttpContext context, ModelRegistry registry)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Promotion>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Despite?.Length is 0 or > MaxText ? TooLong("despite")
            : Answer(registry.Promote(model, version, wanted.Despite, context.Actor()), Closed);
    }

    /// <summary>
    /// <c>{"share", "answers", "maxDays", "maxHitRateLoss", "despite"}</c>, each of which may be left out: the version answers that share of decisions
    /// until the rule promotes it or takes it back. 200; 400; 404; 409 with all that is wrong, or the gates that are closed.
    /// </summary>
    internal static async Task<IResult> StartCanaryAsync(string model, int version, HttpContext context, ModelRegistry registry)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<NewCanary>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Despite?.Length is 0 or > MaxText ? TooLong("despite")
            : Answer(registry.StartCanary(model, version, wanted.Rule, wanted.Despite, context.Actor()), Closed);
    }

    /// <summary><c>{"text": "why"}</c>, or <c>{}</c>. 200 with the version that serves again; 400; 404; 409 when nothing served before.</summary>
    internal static async Task<IResult> RollbackAsync(string model, HttpContext context, ModelRegistry registry)
    {
        var (wanted, refusal) = await GovernanceBody.ReadAsync<Reason>(context, MaxBytes);
        return wanted is null ? refusal!
            : wanted.Text?.Length > MaxText ? TooLong("text")
            : Answer(registry.Rollback(model, wanted.Text, context.Actor()), Closed);
    }

    /// <summary>What is known of a version, made of what was measured and never written by hand. 200; 404.</summary>
    internal static IResult Card(string model, int version, ModelRegistry registry)
    {
        if (registry.Find(model, version) is not { } found || registry.Model(model) is not { } described)
        {
            return Unknown.ToResult();
        }

        var rollout = registry.Rollout(model)!;
        return TypedResults.Ok(new
        {
            model,
            version,
            isLive = rollout.Live == version,
            what = described.Description,
            limits = described.Limits,
            made = new { at = At(found.CreatedAtMs), by = found.CreatedBy, note = found.Note },
            parameters = found.Parameters,
            trainedOn = new
            {
                whenMade = found.Trained,
                now = described.Describe(),
                who = "People who let models be taught; whoever is erased leaves at once.",
            },
            measured = found.Check,
            drift = rollout.Live == version ? rollout.Drift : null,
            history = registry.Changes(model, ShownChanges).Where(change => change.Version == version && change.What is not ("look" or "canary-look")),
        });
    }

    private static object Describe(ModelRegistry registry, string name)
    {
        var rollout = registry.Rollout(name)!;
        return new
        {
            model = name,
            live = rollout.Live,
            since = At(rollout.SinceMs),
            before = rollout.Before,
            drift = rollout.Drift,
            canary = rollout.Canary,
            shadow = registry.Model(name)!.ReadShadow(),
            versions = registry.Versions(name).Select(version => new { version = version.Version, createdAt = At(version.CreatedAtMs), createdBy = version.CreatedBy, note = version.Note, hasPassed = version.Check?.HasPassed }),
        };
    }

    private static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static IResult TooLong(string field) => GovernanceProblems.InvalidBody.ToResult($"{field} must have 1 to {MaxText} characters.");

    private static IResult Answer(ModelOutcome? outcome, Problem refusal) => outcome switch
    {
        null => Unknown.ToResult(),
        { Version: { } version } => TypedResults.Ok(version),
        _ => refusal.WithFaults(outcome.Faults, outcome.Faults[0].Detail),
    };

    internal sealed record NewVersion(JsonElement Parameters, string? Note = null);

    internal sealed record Promotion(string? Despite = null);

    internal sealed record Reason(string? Text = null);
}

/// <summary>One check at a time: it takes a core for some seconds. Thread-safe.</summary>
internal sealed class CheckSlot
{
    private int _isTaken;

    public bool TryEnter() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void Leave() => Volatile.Write(ref _isTaken, 0);
}
