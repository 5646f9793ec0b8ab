using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Definitions;

/// <summary>One version of a definition.</summary>
internal sealed record VersionAnswer(int Version, DateTimeOffset At, string Actor, long Offset, bool IsLive);

/// <summary>A definition in a list.</summary>
internal sealed record DefinitionSummary(string Id, int Version, int LiveVersion, DateTimeOffset ChangedAt, object? Status);

/// <summary>A page of definitions. <see cref="Next"/> is the <c>after</c> of the next one; null on the last.</summary>
internal sealed record DefinitionList(IReadOnlyList<DefinitionSummary> Definitions, string? Next);

/// <summary>A definition as one version says it, the live one unless another was asked for, with all versions that are kept.</summary>
internal sealed record DefinitionAnswer(
    string Id, int Version, int LiveVersion, JsonElement Definition, IReadOnlyList<VersionAnswer> Versions, object? Status);

/// <summary>What became of a change: which version it is about, which is live now, where the change stands in the log (-1 when there was none to make).</summary>
internal sealed record ChangeAnswer(string Id, int Version, int LiveVersion, long Offset);

/// <summary>How refusals look.</summary>
internal static class DefinitionRefusal
{
    private const int RetryAfterSeconds = 1;

    /// <summary>400 with every fault: <c>faults</c> is a list of <c>{path, message}</c>.</summary>
    public static IResult Faults(IReadOnlyList<DefinitionFault> faults)
    {
        var details = DefinitionProblems.Invalid.Describe($"{(faults[0].Path.Length == 0 ? "The definition" : faults[0].Path)}: {faults[0].Message}");
        details.Extensions["faults"] = faults.Select(fault => new { path = fault.Path, message = fault.Message }).ToList();
        return TypedResults.Problem(details);
    }

    /// <summary>The answer for what <see cref="IDefinitionLog.AppendAsync"/> throws.</summary>
    public static IResult Of(Exception error, HttpContext context) => error switch
    {
        DefinitionRefusedException { IsUnknown: true } => DefinitionProblems.Unknown.ToResult(error.Message),
        DefinitionRefusedException => DefinitionProblems.Refused.ToResult(error.Message),
        DefinitionQueueException { IsStopping: false } => Later(DefinitionProblems.QueueFull, context),
        DefinitionQueueException => Later(DefinitionProblems.Stopping, context),
        _ => Later(DefinitionProblems.CommitFailed, context),
    };

    private static IResult Later(Problem problem, HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        return problem.ToResult();
    }
}
