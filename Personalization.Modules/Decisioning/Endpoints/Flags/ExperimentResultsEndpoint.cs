using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Experiments.Analysis;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Pipeline;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Flags;

/// <summary><c>POST /v1/experiments/{key}/results</c>: what came of an experiment, out of what people did. Server key required.</summary>
internal static class ExperimentResultsEndpoint
{
    private const int MaxBytes = 64 << 10;
    private static readonly Problem Invalid = new("decisioning/invalid-experiment-question", "Something in the question is wrong", StatusCodes.Status400BadRequest);
    private static readonly Problem Busy = new("decisioning/analysis-busy", "Another experiment is being analysed", StatusCodes.Status429TooManyRequests);

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/v1/experiments/{key}/results", (Delegate)AnalyseAsync).RequireServerKey().WithName("GetExperimentResults");

    /// <summary>200 with the report; 400 with all faults; 429 while another question is answered.</summary>
    internal static async Task<IResult> AnalyseAsync(string key, HttpContext context, ExperimentAnalysis analysis, FlagRegistry flags, ExperimentDesk desk)
    {
        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxBytes, context.RequestAborted) != BodyStatus.Read)
        {
            return Invalid.ToResult($"The body cannot be read, or has more than {MaxBytes} bytes.");
        }

        var reader = new ExperimentQuestionReader();
        try
        {
            var question = reader.Read(key, BodyJson.Parse(body.WrittenSpan), WeightsOf(key, desk) ?? WeightsOf(flags.Current.FindExperiment(key)));
            if (reader.Faults.Count > 0)
            {
                return Invalid.WithFaults(reader.Faults);
            }

            if (await analysis.TryAnalyseAsync(question, context.RequestAborted) is { } report)
            {
                return TypedResults.Ok(report);
            }

            context.Response.Headers.RetryAfter = "1";
            return Busy.ToResult();
        }
        catch (JsonException error)
        {
            return Invalid.ToResult(error.Message);
        }
    }

    /// <summary>As a placement's experiment does; null when it is none's.</summary>
    private static IReadOnlyDictionary<string, double>? WeightsOf(string key, ExperimentDesk desk) =>
        desk.Find(key) is { } known && ExperimentLook.QuestionOf(known) is { } question ? question.Weights : null;

    /// <summary>As the flags divide people among the variations; none where ranges or a bandit do.</summary>
    private static Dictionary<string, double> WeightsOf(Experiment? experiment)
    {
        if (experiment is null or { Ranges: not null } or { Bandit: not null })
        {
            return [];
        }

        var count = experiment.Variations.Count;
        return Enumerable.Range(0, count).ToDictionary(
            i => experiment.MetaOf(i).Key ?? i.ToString(CultureInfo.InvariantCulture), i => experiment.Weights?[i] ?? 1.0 / count, StringComparer.Ordinal);
    }
}
