using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;

namespace Personalization.Kernel.Http;

/// <summary>
/// Marks the endpoints that are called most, which write a body for each error themselves: a host may leave the middleware for status pages out for them, which
/// allocates its notes about each request.
/// </summary>
internal sealed class AnswersForItself : ISkipStatusCodePagesMetadata;

internal static class AnswersForItselfExtensions
{
    public static TBuilder AnswerForItself<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AnswersForItself());
}
