using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints;

/// <summary>Everything that is wrong with a body, by field, so that all of it is answered at once.</summary>
internal sealed class FieldErrors
{
    private readonly Dictionary<string, string> _byField = [];

    public bool IsEmpty => _byField.Count == 0;

    public void Add(string field, string error) => _byField.TryAdd(field, error);

    public Task WriteAsync(HttpContext context, Problem problem)
    {
        var described = problem.Describe(string.Join("; ", _byField.Select(pair => $"{pair.Key} {pair.Value}")));
        described.Extensions["errors"] = _byField.ToDictionary(pair => pair.Key, pair => new[] { pair.Value });
        context.Response.StatusCode = problem.Status;
        return context.Response.WriteAsJsonAsync(described, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
