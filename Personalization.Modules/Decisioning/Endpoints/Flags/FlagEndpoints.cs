using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Flags;

/// <summary>
/// <c>/v1/flags</c>: feature flags and the experiments behind them, as one document in the form of GrowthBook's API. Server key required.
/// </summary>
internal static class FlagEndpoints
{
    private static readonly Problem Invalid = new("decisioning/invalid-flags", "Something in the flags is wrong", StatusCodes.Status422UnprocessableEntity);

    private static readonly Problem Outdated =
        new("decisioning/flags-changed", "The flags were changed meanwhile", StatusCodes.Status412PreconditionFailed);

    private static readonly Problem BadPrecondition =
        new("decisioning/bad-if-match", "If-Match must be the ETag of a version", StatusCodes.Status400BadRequest);

    private static readonly Problem TooLarge = new("decisioning/flags-too-large", "The flags are too large", StatusCodes.Status413PayloadTooLarge);

    private static readonly Problem Unreadable = new("decisioning/unreadable-body", "The body cannot be read", StatusCodes.Status400BadRequest);

    private static readonly Problem Unknown = new("decisioning/unknown-flags-version", "There is no such version of the flags", StatusCodes.Status404NotFound);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var flags = endpoints.MapGroup("/v1/flags").RequireServerKey().AuditsPlainly("version");
        flags.MapGet("", (HttpContext context, FlagRegistry registry) => Get(registry.Current.Version, context, registry)).WithName("GetFlags");
        flags.MapGet("/versions/{version:long}", Get).WithName("GetFlagsVersion");
        flags.MapPut("", (Delegate)PutAsync).WithName("PutFlags");
    }

    /// <summary>200 with the document as it was put, its version in the <c>ETag</c>; 404.</summary>
    internal static IResult Get(long version, HttpContext context, FlagRegistry registry)
    {
        if (registry.Stored(version) is not { } stored)
        {
            return Unknown.ToResult(version == 0 ? "No flags were ever put." : null);
        }

        context.Response.Headers.ETag = TagOf(stored.Version);
        return TypedResults.Bytes(stored.Body, "application/json");
    }

    /// <summary>
    /// 200 with the new version, which is served from now on; 422 with all faults; 412 when <c>If-Match</c> names another version than the
    /// present one; 400, 413.
    /// </summary>
    internal static async Task<IResult> PutAsync(HttpContext context, FlagRegistry registry, IOptions<FlagOptions> options)
    {
        if (!TryReadIfMatch(context.Request, out var after))
        {
            return BadPrecondition.ToResult();
        }

        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, options.Value.MaxBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return status == BodyStatus.TooLarge ? TooLarge.ToResult($"{options.Value.MaxBytes} bytes are allowed.") : Unreadable.ToResult();
        }

        var change = registry.Put(body.WrittenSpan.ToArray(), after);
        if (change.Flags is not { } flags)
        {
            return change.Faults.Count == 0 ? Outdated.ToResult($"Version {registry.Current.Version} is there now.") : Invalid.WithFaults(change.Faults);
        }

        context.Response.Headers.ETag = TagOf(flags.Version);
        return TypedResults.Ok(new FlagsAnswer(flags.Version, [.. flags.Ids]));
    }

    private static bool TryReadIfMatch(HttpRequest request, out long? version)
    {
        version = null;
        var tag = request.Headers.IfMatch.ToString().Trim();
        if (tag is "" or "*")
        {
            return true;
        }

        var isVersion = long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seen);
        version = seen;
        return isVersion;
    }

    private static string TagOf(long version) => $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";
}

/// <summary>What is served.</summary>
/// <param name="Version">Of the document.</param>
/// <param name="Flags">Names, in order.</param>
internal sealed record FlagsAnswer(long Version, IReadOnlyList<string> Flags);
