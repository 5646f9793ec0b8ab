using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Journal;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Decisioning.Pipeline.Rankers;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Rankers;

/// <summary><c>/v1/rankers</c>: what online rankers have learnt, and what another one would have been worth. Server key required.</summary>
internal static class RankerEndpoints
{
    private const int MaxBytes = 256 * 1024;
    private static readonly Problem Unknown = new("decisioning/unknown-ranker", "No online ranker works for a placement of this name", StatusCodes.Status404NotFound);
    private static readonly Problem Invalid = new("decisioning/invalid-evaluation", "Some fields of the evaluation are invalid", StatusCodes.Status400BadRequest);
    private static readonly Problem Busy = new("decisioning/evaluation-running", "Another evaluation is running", StatusCodes.Status409Conflict);
    private static readonly Problem Empty = new("decisioning/nothing-to-evaluate", "No decision of this placement and time can be used", StatusCodes.Status422UnprocessableEntity);
    private static readonly Problem TooLarge = new("decisioning/evaluation-too-large", "The body is larger than 256 KiB", StatusCodes.Status413PayloadTooLarge);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var rankers = endpoints.MapGroup("/v1/rankers").RequireServerKey();
        rankers.MapGet("", (WaitingDecisions all, CandidatePlan plan) => TypedResults.Ok(all.Current.Values.OrderBy(one => one.Placement, StringComparer.Ordinal).Select(one => Describe(one, plan)).ToList()))
            .WithName("ListRankers");
        rankers.MapGet("{placement}", (string placement, WaitingDecisions all, CandidatePlan plan) => all.Of(placement) is { } one ? TypedResults.Ok(Describe(one, plan)) : Unknown.ToResult())
            .WithName("GetRanker");
        rankers.MapGet("{placement}/calibration", (Delegate)CalibrationAsync).WithName("GetRankerCalibration");
        rankers.MapPost("evaluate", (Delegate)EvaluateAsync).WithName("EvaluateRanker");
    }

    /// <summary>200 with what was expected and what came of it, by bins; 404; 409 while another runs.</summary>
    internal static async Task<IResult> CalibrationAsync(
        string placement, RankerCalibration calibration, IOptions<ModelLifeOptions> options, DecisionJournal journal, RankerEvaluation evaluation, HttpContext context)
    {
        await journal.FlushAsync(context.RequestAborted);
        var (isFree, found) = await evaluation.TryRunAsync(() => calibration.Of(placement, context.RequestAborted), context.RequestAborted);
        return !isFree ? Busy.ToResult()
            : found is null ? Unknown.ToResult()
            : TypedResults.Ok(new
            {
                placement,
                items = found.Items,
                expected = found.Expected,
                observed = found.Observed,
                calibrationError = found.Error,
                isOff = ModelWatch.IsOff(found, options.Value),
                bins = found.Bins.Select(bin => new { items = bin.Items, expected = bin.Expected, observed = bin.Observed }),
            });
    }

    /// <summary>200 with the estimates; 400 naming every wrong field; 404; 409 while another runs; 413; 422 when nothing can be used.</summary>
    internal static async Task<IResult> EvaluateAsync(
        HttpContext context, RankerEvaluation evaluation, WaitingDecisions rankers, CandidatePlan plan, DecisionJournal journal, TimeProvider time)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        switch (await RequestBody.ReadAsync(context.Request, body, MaxBytes, context.RequestAborted))
        {
            case BodyStatus.TooLarge:
                return TooLarge.ToResult();
            case not BodyStatus.Read:
                return Invalid.ToResult("The body could not be read.");
        }

        var errors = new QuestionErrors();
        var reader = new EvaluationReader(rankers, plan, errors);
        EvaluationQuestion? question = null;
        try
        {
            question = reader.Read(BodyJson.Parse(body.WrittenSpan), time.GetUtcNow());
        }
        catch (JsonException error)
        {
            errors.Add("body", error.Message);
        }

        if (question is null || !errors.IsEmpty)
        {
            return Invalid.ToResult(string.Join("; ", errors.ByField.Select(pair => $"{pair.Key} {pair.Value}")));
        }

        if (rankers.Of(question.Placement) is null)
        {
            return Unknown.ToResult();
        }

        await journal.FlushAsync(context.RequestAborted);
        return await evaluation.TryRunAsync(question, context.RequestAborted) switch
        {
            null => Busy.ToResult(),
            { Estimate: { } estimate } report => TypedResults.Ok(Describe(question, estimate, report)),
            var report => Empty.ToResult($"{report.Unseen} were not seen by anybody, and {report.Unusable} were changed by other steps or are of a state that is no longer kept."),
        };
    }

    private static object Describe(EvaluationQuestion question, OffPolicyEstimate estimate, EvaluationReport report) => new
    {
        placement = question.Placement,
        ranker = question.Target.Name,
        answers = estimate.Answers,
        unseen = report.Unseen,
        unusable = report.Unusable,
        clippedWeights = estimate.Clipped,
        draws = question.Draws,
        rewardPerAnswer = new
        {
            logged = Describe(estimate.Logged()),
            ips = Describe(estimate.Ips()),
            snips = Describe(estimate.Snips()),
            doublyRobust = Describe(estimate.DoublyRobust()),
        },
    };

    private static object Describe(Estimate estimate) => new
    {
        value = Finite(estimate.Value),
        standardError = Finite(estimate.StandardError),
        lower = Finite(estimate.Value - (1.96 * estimate.StandardError)),
        upper = Finite(estimate.Value + (1.96 * estimate.StandardError)),
    };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static object Describe(RankerSnapshot ranker, CandidatePlan plan) => new
    {
        placement = ranker.Placement,
        version = ranker.Version,
        weights = FeatureTable.NamesOf([.. plan.Parts.Select(part => part.Code)])
            .Select((name, i) => (Name: name, Place: i))
            .Where(feature => feature.Name is not null)
            .Select(feature => new { feature = feature.Name, mean = ranker.Mean[feature.Place], deviation = ranker.Deviation[feature.Place] }),
        examination = ranker.Examination.Take(20),
    };
}
