using System.Buffers;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Personalization.Kernel.Http;

/// <summary>
/// Lets web pages of other origins call an address: what browsers' tracking clients need. The origin is echoed, because some of them send
/// credentials, and a browser takes no <c>*</c> together with those. Thread-safe.
/// </summary>
internal sealed class CrossOrigin
{
    /// <summary>Two hours: as long as Chromium remembers an answer at most. It remembers it for each address alone.</summary>
    private const string MaxAgeSeconds = "7200";

    /// <summary>Longer lists of headers are nobody's; those that clients send have about 50 characters.</summary>
    private const int MaxHeaderLength = 1024;

    /// <summary>What the known clients ask for, for a preflight that does not say what it asks for.</summary>
    private const string UsualHeaders =
        "Authorization, Content-Type, X-Retry-Count, AnonymousId, SentAt, SP-Anonymous, X-Write-Key";

    private static readonly StringValues Methods = "GET, HEAD, POST, OPTIONS";
    private static readonly StringValues True = "true";
    private static readonly StringValues Exposed = "Retry-After";
    private static readonly StringValues Vary = "Origin";

    /// <summary>What may stand in an origin or in a list of header names. A header with anything else in it is not echoed.</summary>
    private static readonly SearchValues<char> OriginCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/[]%");

    private static readonly SearchValues<char> HeaderCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$&'*+^`|~, ");

    private readonly FrozenSet<string>? _allowed;

    public CrossOrigin(IOptions<CrossOriginOptions> options)
    {
        var allowed = options.Value.AllowedOrigins;
        _allowed = allowed.Count == 0 ? null : allowed.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Adds what the browser wants to see before it lets the page read the answer.</summary>
    /// <returns>Whether a page of an allowed origin asks.</returns>
    public bool Allow(HttpContext context)
    {
        var response = context.Response.Headers;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            // A cache must not hand one page's answer to another, nor an answer without the headers to a page.
            response.Vary = Vary;
        }

        if (context.Request.Headers.Origin is not [{ Length: > 0 and <= MaxHeaderLength } origin] ||
            origin.AsSpan().ContainsAnyExcept(OriginCharacters) ||
            _allowed?.Contains(origin) == false)
        {
            return false;
        }

        response.AccessControlAllowOrigin = context.Request.Headers.Origin;
        response.AccessControlAllowCredentials = True;
        response.AccessControlExposeHeaders = Exposed;
        response.Vary = Vary;
        return true;
    }

    /// <summary>Answers a preflight: 204, with everything that was asked for if the origin is allowed, and nothing if it is not.</summary>
    public Task AnswerPreflight(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        if (Allow(context))
        {
            var response = context.Response.Headers;
            response.AccessControlAllowMethods = Methods;
            response.AccessControlAllowHeaders = HeadersFor(context.Request.Headers.AccessControlRequestHeaders);
            response.AccessControlMaxAge = MaxAgeSeconds;
        }
        else
        {
            context.Response.Headers.Allow = Methods;
        }

        return Task.CompletedTask;
    }

    private static StringValues HeadersFor(StringValues asked) =>
        asked is [{ Length: > 0 and <= MaxHeaderLength } names] && !names.AsSpan().ContainsAnyExcept(HeaderCharacters) ? asked : UsualHeaders;
}

/// <summary>Opens endpoints with <see cref="CrossOrigin"/>. For what browsers call with a public key, never for administration.</summary>
public static class CrossOriginExtensions
{
    public static TBuilder AllowCrossOrigin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        // Around the final delegate, as for server keys: it needs no middleware, so it is there in every shop that maps the endpoints.
        builder.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is { } opened)
            {
                // Not the request's services: to ask for them makes a scope for each request.
                var crossOrigin = endpoint.ApplicationServices.GetRequiredService<CrossOrigin>();
                endpoint.RequestDelegate = context =>
                    crossOrigin.Allow(context) ? AnswerAsync(crossOrigin, context, opened) : opened(context);
            }
        });
        return builder;
    }

    /// <summary>Answers the preflights of an address.</summary>
    public static IEndpointConventionBuilder MapPreflight(this IEndpointRouteBuilder endpoints, string pattern)
    {
        var crossOrigin = endpoints.ServiceProvider.GetRequiredService<CrossOrigin>();
        return endpoints.MapMethods(pattern, [HttpMethods.Options], (RequestDelegate)crossOrigin.AnswerPreflight);
    }

    /// <summary>
    /// The handler of errors empties the answer, headers too. A page that may not read a 500 takes it for a lost connection, and
    /// its client for no answer at all.
    /// </summary>
    private static async Task AnswerAsync(CrossOrigin crossOrigin, HttpContext context, RequestDelegate opened)
    {
        try
        {
            await opened(context);
        }
        catch // Whatever it is, it goes on to the handler; only the headers are seen to.
        {
            AllowWhenStarting(crossOrigin, context);
            throw;
        }
    }

    /// <summary>A method of its own, so that only a request that fails pays for the closure.</summary>
    private static void AllowWhenStarting(CrossOrigin crossOrigin, HttpContext context) => context.Response.OnStarting(() =>
    {
        crossOrigin.Allow(context);
        return Task.CompletedTask;
    });
}
