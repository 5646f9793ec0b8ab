using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Pipeline;
using Personalization.Decisioning.Pipeline.Experiments;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Experiments;

/// <summary><c>/v1/experiments</c>: what placements do, tried with a share of the people. Server key required.</summary>
internal static class ExperimentEndpoints
{
    private const int MaxKey = 64;
    private const int MaxReason = 2_000;
    private const int MaxSmallBody = 16_384;
    private const int ShownChanges = 100;

    private static readonly Problem BadKey =
        new("decisioning/bad-experiment-key", $"An experiment is named by 1 to {MaxKey} of a-z, A-Z, 0-9, '-', '_' and '.'", StatusCodes.Status400BadRequest);

    private static readonly Problem Invalid = new("decisioning/invalid-experiment", "Something in the experiment is wrong", StatusCodes.Status422UnprocessableEntity);
    private static readonly Problem Unknown = new("decisioning/unknown-experiment", "There is no such experiment", StatusCodes.Status404NotFound);
    private static readonly Problem TooLarge = new("decisioning/experiment-too-large", "The experiment is too large", StatusCodes.Status413PayloadTooLarge);
    private static readonly Problem Unreadable = new("decisioning/unreadable-body", "The body cannot be read", StatusCodes.Status400BadRequest);
    private static readonly Problem Busy = new("decisioning/analysis-busy", "Another experiment is being analysed", StatusCodes.Status429TooManyRequests);
    private static readonly Problem NotStarted = new("decisioning/experiment-not-started", "The experiment was never started", StatusCodes.Status409Conflict);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var experiments = endpoints.MapGroup("/v1/experiments").RequireServerKey().AuditsPlainly("key").AuditsPlainly("arm");
        experiments.MapGet("", (ExperimentDesk desk) => TypedResults.Ok(desk.All().Select(ExperimentAnswer.Of).ToList())).WithName("ListExperiments");
        experiments.MapGet("{key}", Get).WithName("GetExperiment");
        experiments.MapPut("{key}", (Delegate)PutAsync).WithName("PutExperiment");
        experiments.MapDelete("{key}", (Delegate)DeleteAsync).WithName("DeleteExperiment");
        experiments.MapGet("{key}/versions/{version:long}", GetVersion).WithName("GetExperimentVersion");
        experiments.MapGet("{key}/changes", (string key, ExperimentDesk desk) => TypedResults.Ok(desk.Changes(key, ShownChanges))).WithName("ListExperimentChanges");
        experiments.MapPost("{key}/start", (string key, HttpContext context, ExperimentDesk desk) => Answer(desk.Start(key, context.Actor()))).WithName("StartExperiment");
        experiments.MapPost("{key}/stop", (Delegate)StopAsync).WithName("StopExperiment");
        experiments.MapPost("{key}/arms/{arm}/stop", (Delegate)StopArmAsync).WithName("StopExperimentArm");
        experiments.MapGet("{key}/results", (Delegate)ResultsAsync).WithName("GetPlacementExperimentResults");
    }

    /// <summary>200 with the definition as it was put, and what became of it; 404.</summary>
    internal static IResult Get(string key, ExperimentDesk desk) =>
        desk.Find(key) is { } known ? TypedResults.Ok(ExperimentAnswer.Of(known) with { Definition = JsonElement.Parse(known.Body) }) : Unknown.ToResult();

    /// <summary>200 with the definition as it was put; 404.</summary>
    internal static IResult GetVersion(string key, long version, ExperimentDesk desk) =>
        desk.Version(key, version) is { } body ? TypedResults.Bytes(body, "application/json") : Unknown.ToResult();

    /// <summary>200; a new one is a draft until it is started, one that runs goes on with the new definition. 400; 413; 422 with all faults.</summary>
    internal static async Task<IResult> PutAsync(string key, HttpContext context, ExperimentDesk desk, IOptions<ExperimentOptions> options)
    {
        if (key.Length is 0 or > MaxKey || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            return BadKey.ToResult();
        }

        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, options.Value.MaxBytes, context.RequestAborted);
        return status switch
        {
            BodyStatus.Read => Answer(desk.Put(key, body.WrittenSpan.ToArray(), context.Actor())),
            BodyStatus.TooLarge => TooLarge.ToResult($"{options.Value.MaxBytes} bytes are allowed."),
            _ => Unreadable.ToResult(),
        };
    }

    /// <summary>204; its assignments go too. 404.</summary>
    internal static async Task<IResult> DeleteAsync(string key, HttpContext context, ExperimentDesk desk, AssignmentKeeper keeper)
    {
        if (desk.Delete(key, context.Actor()) is not { } numbers)
        {
            return Unknown.ToResult();
        }

        await keeper.ForgetAsync(numbers, CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary><c>{"reason"}</c>, which may be left out with the body. 200; 400; 404.</summary>
    internal static async Task<IResult> StopAsync(string key, HttpContext context, ExperimentDesk desk)
    {
        var (reason, refusal) = await ReadReasonAsync(context);
        return refusal ?? Answer(desk.Stop(key, context.Actor(), reason));
    }

    /// <summary>The same for one arm, whose people get what the placement does; 422 for the control.</summary>
    internal static async Task<IResult> StopArmAsync(string key, string arm, HttpContext context, ExperimentDesk desk)
    {
        var (reason, refusal) = await ReadReasonAsync(context);
        return refusal ?? Answer(desk.StopArm(key, arm, reason ?? "by hand", context.Actor()));
    }

    /// <summary>200 with the report of its own metrics since its start; 404; 409 before it; 429 while another is analysed.</summary>
    internal static async Task<IResult> ResultsAsync(string key, HttpContext context, ExperimentDesk desk, ExperimentAnalysis analysis)
    {
        if (desk.Find(key) is not { } known)
        {
            return Unknown.ToResult();
        }

        if (ExperimentLook.QuestionOf(known) is not { } question)
        {
            return NotStarted.ToResult();
        }

        if (await analysis.TryAnalyseAsync(question, context.RequestAborted) is { } report)
        {
            return TypedResults.Ok(report);
        }

        context.Response.Headers.RetryAfter = "1";
        return Busy.ToResult();
    }

    private static async Task<(string? Reason, IResult? Refusal)> ReadReasonAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxSmallBody, context.RequestAborted) != BodyStatus.Read)
        {
            return (null, Unreadable.ToResult($"At most {MaxSmallBody} bytes."));
        }

        if (body.WrittenCount == 0)
        {
            return (null, null);
        }

        try
        {
            var root = BodyJson.Parse(body.WrittenSpan);
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String && reason.GetString() is { Length: > 0 and <= MaxReason } text)
            {
                return (text, null);
            }
        }
        catch (JsonException)
        {
            // Refused below, as a body that is JSON and says something else.
        }

        return (null, Unreadable.ToResult($"An object with 'reason', a text of 1 to {MaxReason} characters, or no body at all."));
    }

    private static IResult Answer(ExperimentOutcome? outcome) => outcome switch
    {
        null => Unknown.ToResult(),
        { Known: { } known } => TypedResults.Ok(ExperimentAnswer.Of(known)),
        _ => Invalid.WithFaults(outcome.Faults),
    };
}

/// <param name="Key">Its name.</param>
/// <param name="Version">Of the definition.</param>
/// <param name="Placement">Null for all.</param>
/// <param name="Status">draft, running or stopped.</param>
/// <param name="StartedAt">From when exposures count.</param>
/// <param name="StoppedAt">Null while it runs.</param>
/// <param name="Arms">With their present shares.</param>
/// <param name="Definition">As it was put; only of one that is asked for alone.</param>
internal sealed record ExperimentAnswer(
    string Key, long Version, string? Placement, string Status, DateTimeOffset? StartedAt, DateTimeOffset? StoppedAt, IReadOnlyList<ArmAnswer> Arms, JsonElement? Definition = null)
{
    public static ExperimentAnswer Of(KnownExperiment known) => new(
        known.Definition.Key,
        known.Definition.Version,
        known.Definition.Placement,
        JsonNamingPolicy.CamelCase.ConvertName(known.State.Status.ToString()),
        At(known.State.StartedAtMs),
        At(known.State.StoppedAtMs),
        [.. known.Definition.Arms.Select((arm, i) => new ArmAnswer(arm.Key, known.State.Weights[i], known.State.StoppedArms.GetValueOrDefault(arm.Key)))]);

    private static DateTimeOffset? At(long? ms) => ms is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null;
}

/// <param name="Key">Its name.</param>
/// <param name="Weight">Share of who comes now.</param>
/// <param name="StoppedBecause">Null for one that is not stopped.</param>
internal sealed record ArmAnswer(string Key, double Weight, string? StoppedBecause);
