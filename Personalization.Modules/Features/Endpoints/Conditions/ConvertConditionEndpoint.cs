using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.QueryBuilder;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Features.Endpoints.Conditions;

/// <summary>
/// <c>POST /v1/segments/convert</c>: <c>{"query":{…},"parseNumbers":true}</c> of react-querybuilder becomes <c>{"condition":{…}}</c>, and a condition
/// becomes a query. Nothing is kept.
/// </summary>
internal static class ConvertConditionEndpoint
{
    /// <summary>A condition of the largest size, written with spaces.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>As deep as a query whose condition is within its depth.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    /// <summary>200; 400 with every fault and where it stands; 413, 415.</summary>
    public static async Task HandleAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        var problem = await RequestBody.ReadAsync(context.Request, body, MaxBytes, context.RequestAborted) switch
        {
            BodyStatus.Read => null,
            BodyStatus.TooLarge => ConditionProblems.TooLarge,
            BodyStatus.UnknownEncoding => ConditionProblems.UnknownEncoding,
            _ => ConditionProblems.Malformed,
        };
        if (problem is not null)
        {
            await problem.WriteAsync(context);
            return;
        }

        await Convert(body.WrittenMemory).ExecuteAsync(context);
    }

    internal static IResult Convert(ReadOnlyMemory<byte> body)
    {
        try
        {
            var faults = new List<DefinitionFault>();
            var answer = Convert(BodyJson.Parse(body.Span, Options), faults);
            return answer is null ? Refuse(faults) : TypedResults.Text(answer.ToJsonString(), "application/json");
        }
        catch (JsonException error)
        {
            return ConditionProblems.Malformed.ToResult($"It stops being JSON, nested at most {Options.MaxDepth} deep, in line {error.LineNumber + 1}.");
        }
    }

    private static JsonObject? Convert(JsonElement request, List<DefinitionFault> faults)
    {
        var isObject = request.ValueKind == JsonValueKind.Object;
        var query = default(JsonElement);
        var json = default(JsonElement);
        var hasQuery = isObject && request.TryGetProperty("query", out query);
        var hasCondition = isObject && request.TryGetProperty("condition", out json);
        if (hasQuery == hasCondition)
        {
            faults.Add(new DefinitionFault("", "Must be an object with either 'query', of react-querybuilder, or 'condition'."));
            return null;
        }

        if (hasQuery)
        {
            var parseNumbers = request.TryGetProperty("parseNumbers", out var flag) && flag.ValueKind == JsonValueKind.True;
            return new QueryBuilderReader(faults, parseNumbers).Read(query, "/query") is { } read
                ? new JsonObject { ["condition"] = JsonNode.Parse(ConditionWriter.Write(read)) }
                : null;
        }

        return ConditionReader.Read(json, faults, "/condition") is { } condition && new QueryBuilderWriter(faults).Write(condition) is { } written
            ? new JsonObject { ["query"] = written }
            : null;
    }

    private static ProblemHttpResult Refuse(List<DefinitionFault> faults)
    {
        var details = ConditionProblems.Invalid.Describe($"{faults.Count} faults; the first: {faults[0].Path} {faults[0].Message}");
        details.Extensions["faults"] = faults.Select(fault => new { path = fault.Path, message = fault.Message }).ToList();
        return TypedResults.Problem(details);
    }
}
