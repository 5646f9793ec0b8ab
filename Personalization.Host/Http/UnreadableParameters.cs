using Microsoft.AspNetCore.Http.Metadata;
using Personalization.Kernel.Http;

namespace Personalization.Host.Http;

/// <summary>
/// Names the values of an address that are not what the endpoint reads: a limit that is no number, or that is there twice. The framework's own answer is a 400 without
/// a word.
/// </summary>
internal static class UnreadableParameters
{
    public static readonly Problem Unreadable = new("host/unreadable-parameter", "A value of the address cannot be read", StatusCodes.Status400BadRequest);

    public static void Name(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem is not { Status: StatusCodes.Status400BadRequest, Detail: null } || problem.Type?.StartsWith("urn:", StringComparison.Ordinal) == true)
        {
            return;
        }

        var query = context.HttpContext.Request.Query;
        var parsed = context.HttpContext.GetEndpoint()?.Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => parameter.HasTryParse && query.ContainsKey(parameter.Name)).Select(parameter => $"'{parameter.Name}' as {KindOf(parameter.ParameterInfo.ParameterType)}").ToList();
        if (parsed is { Count: > 0 })
        {
            // The values are not repeated: they may be a person's.
            (problem.Type, problem.Title, problem.Detail) = (Unreadable.Type, Unreadable.Title, $"Given once each, there can be read: {string.Join(", ", parsed)}.");
        }
    }

    private static string KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var each when each == typeof(int) || each == typeof(long) => "a whole number",
        var each when each == typeof(DateTimeOffset) => "a time, ISO 8601",
        var each when each == typeof(bool) => "true or false",
        _ => "a value",
    };
}
