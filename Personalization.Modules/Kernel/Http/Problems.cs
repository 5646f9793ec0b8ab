using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Personalization.Kernel.Json;

namespace Personalization.Kernel.Http;

/// <summary>An expected refusal: one RFC 9457 problem type, declared once beside the endpoint that answers it.</summary>
/// <param name="Name">Module and problem, for example <c>tracking/lane-full</c>.</param>
/// <param name="Title">The same for every occurrence.</param>
/// <param name="Status">HTTP status.</param>
public sealed record Problem(string Name, string Title, int Status)
{
    public string Type => $"urn:personalization:problem:{Name}";

    public ProblemDetails Describe(string? detail = null) =>
        new() { Type = Type, Title = Title, Status = Status, Detail = detail };

    public IResult ToResult(string? detail = null) => TypedResults.Problem(Describe(detail));

    /// <summary>With all that is wrong, as <c>faults</c>; the detail has it in words.</summary>
    internal IResult ToResult(IReadOnlyList<BodyFault> faults) => WithFaults(
        faults, string.Join(' ', faults.Select(fault => fault.Pointer.Length == 0 ? fault.Detail : $"{fault.Pointer}: {fault.Detail}")));

    /// <summary>With all that is wrong, as <c>faults</c>; the detail says how much it is.</summary>
    internal ProblemHttpResult WithFaults<TFault>(IReadOnlyList<TFault> faults, string? detail = null)
    {
        var problem = Describe(detail ?? (faults.Count == 1 ? "1 fault." : $"{faults.Count} faults."));
        problem.Extensions["faults"] = faults;
        return TypedResults.Problem(problem);
    }

    /// <summary>Writes the problem as the answer. <paramref name="retryAfterSeconds"/> becomes an integer <c>Retry-After</c>.</summary>
    public Task WriteAsync(HttpContext context, string? detail = null, int? retryAfterSeconds = null)
    {
        context.Response.StatusCode = Status;
        if (retryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }

        return context.Response.WriteAsJsonAsync(
            Describe(detail), options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
