using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Features.Endpoints.Definitions;

/// <summary>
/// The endpoints that all definitions have alike, with server key: <c>PUT {id}</c>, <c>GET</c>, <c>GET {id}</c>, <c>GET {id}/versions/{version}</c>,
/// <c>POST {id}/versions/{version}/activate</c>, <c>DELETE {id}</c>.
/// </summary>
internal static class DefinitionEndpoints
{
    private const int MaxPage = 1_000;

    /// <summary>Maps them, and returns their group for what the kind has besides.</summary>
    public static RouteGroupBuilder MapDefinitions(this IEndpointRouteBuilder endpoints, DefinitionRoutes routes)
    {
        var group = endpoints.MapGroup(routes.Path).RequireServerKey().AuditsPlainly("id");
        var name = char.ToUpperInvariant(routes.Kind[0]) + routes.Kind[1..];
        group.MapPut("/{id}", (string id, HttpContext context, bool? activate, int? after) => PutAsync(routes, id, context, activate, after)).WithName("Put" + name);
        group.MapGet("", (HttpContext context, string? after, int? limit) => List(routes, context.RequestServices, after, limit)).WithName($"List{name}s");
        group.MapGet("/{id}", (string id, HttpContext context) => Get(routes, id, null, context.RequestServices)).WithName("Get" + name);
        group.MapGet("/{id}/versions/{version:int}", (string id, int version, HttpContext context) => Get(routes, id, version, context.RequestServices))
            .WithName($"Get{name}Version");
        group.MapDelete("/{id}", (string id, HttpContext context) => DeleteAsync(routes, id, context)).WithName("Delete" + name);
        if (routes.MapsActivation)
        {
            group.MapPost("/{id}/versions/{version:int}/activate", (string id, int version, HttpContext context) => ActivateAsync(routes, id, version, context))
                .WithName($"Activate{name}");
        }

        return group;
    }

    /// <summary>
    /// 201 with a new definition, 200 with a new version, or with the newest one when it says the same. <c>?after=</c> names the newest version
    /// that the caller has seen. 400 with all faults; 409 when somebody was quicker or a bound is reached; 413; 429; 503.
    /// </summary>
    internal static async Task<IResult> PutAsync(DefinitionRoutes routes, string id, HttpContext context, bool? activate, int? after)
    {
        if (!DefinitionId.IsValid(id))
        {
            return DefinitionProblems.InvalidId.ToResult();
        }

        var (body, refusal) = await ReadAsync(context);
        if (refusal is not null)
        {
            return refusal;
        }

        var handler = context.RequestServices.GetRequiredService<IEnumerable<IDefinitionHandler>>().Single(each => each.Kind == routes.Kind);
        var faults = handler.Check(id, body);
        return faults.Count > 0 ? DefinitionRefusal.Faults(faults) : await PutCheckedAsync(routes, id, body, activate ?? routes.ActivatesAtOnce, after, context);
    }

    /// <summary>200 with a page of <c>?limit=</c> definitions, 100 by default, whose ids come after <c>?after=</c>; 400.</summary>
    internal static IResult List(DefinitionRoutes routes, IServiceProvider services, string? after, int? limit)
    {
        if (limit is < 1 or > MaxPage)
        {
            return DefinitionProblems.InvalidQuery.ToResult($"limit is 1 to {MaxPage}.");
        }

        var definitions = services.GetRequiredService<IDefinitionLog>();
        var count = limit ?? 100;
        var behind = definitions.List(routes.Kind).Where(each => string.CompareOrdinal(each.Id, after ?? "") > 0).Take(count + 1).ToList();
        var page = new List<DefinitionSummary>();
        foreach (var (id, live) in behind.Take(count))
        {
            if (definitions.VersionsOf(routes.Kind, id) is [.., var newest])
            {
                page.Add(new DefinitionSummary(id, newest.Version, live, Time(newest), routes.Status?.Invoke(services, id)));
            }
        }

        return TypedResults.Ok(new DefinitionList(page, behind.Count > count ? behind[count - 1].Id : null));
    }

    /// <summary>200 with the version that is asked for, else the live one, else the newest; 404.</summary>
    internal static IResult Get(DefinitionRoutes routes, string id, int? version, IServiceProvider services)
    {
        var definitions = services.GetRequiredService<IDefinitionLog>();
        var versions = definitions.VersionsOf(routes.Kind, id);
        var live = LiveVersion(definitions, routes.Kind, id);
        var shown = versions.FirstOrDefault(each => each.Version == (version ?? live)) ?? (version is null && versions.Count > 0 ? versions[^1] : null);
        return shown is null
            ? DefinitionProblems.Unknown.ToResult(version is null ? $"There is no {routes.Kind} '{id}'." : $"There is no version {version} of a {routes.Kind} '{id}'.")
            : TypedResults.Ok(new DefinitionAnswer(
                id,
                shown.Version,
                live,
                shown.Body,
                [.. versions.Select(each => new VersionAnswer(each.Version, Time(each), each.Actor, each.Offset, each.Version == live))],
                routes.Status?.Invoke(services, id)));
    }

    /// <summary>200 when the version is in use, from its place in the log on; also for going back to an older one. 404, 409, 429, 503.</summary>
    internal static Task<IResult> ActivateAsync(DefinitionRoutes routes, string id, int version, HttpContext context) =>
        ChangeAsync(routes, id, DefinitionAction.Activate, version, context, offset => TypedResults.Ok(new ChangeAnswer(id, version, version, offset)));

    /// <summary>204 when it is not in use any more; its versions stay readable, and one of them may be activated again. 404, 429, 503.</summary>
    internal static Task<IResult> DeleteAsync(DefinitionRoutes routes, string id, HttpContext context) =>
        ChangeAsync(routes, id, DefinitionAction.Delete, 0, context, _ => TypedResults.NoContent());

    private static async Task<IResult> PutCheckedAsync(DefinitionRoutes routes, string id, JsonElement body, bool isActivated, int? after, HttpContext context)
    {
        var definitions = context.RequestServices.GetRequiredService<IDefinitionLog>();
        try
        {
            var newest = definitions.VersionsOf(routes.Kind, id) is [.., var last] ? last : null;
            var offset = -1L;
            if (newest is null || after != null || !JsonElement.DeepEquals(newest.Body, body))
            {
                offset = await definitions.AppendAsync(Change(routes, id, DefinitionAction.Put, after + 1 ?? 0, body, context), context.RequestAborted);
            }

            var version = definitions.VersionsOf(routes.Kind, id).LastOrDefault(each => offset < 0 || each.Offset == offset)?.Version
                ?? throw new DefinitionRefusedException("So many versions were put meanwhile that this one is not kept any more.");
            if (isActivated && LiveVersion(definitions, routes.Kind, id) != version)
            {
                await (routes.UntilReady?.Invoke(id, version, context.RequestAborted) ?? Task.CompletedTask);
                offset = await definitions.AppendAsync(Change(routes, id, DefinitionAction.Activate, version, default, context), context.RequestAborted);
            }

            var answer = new ChangeAnswer(id, version, LiveVersion(definitions, routes.Kind, id), offset);
            return newest is null ? TypedResults.Created($"{routes.Path}/{id}", answer) : TypedResults.Ok(answer);
        }
        catch (Exception error) when (error is DefinitionRefusedException or IOException)
        {
            return DefinitionRefusal.Of(error, context);
        }
    }

    private static async Task<IResult> ChangeAsync(
        DefinitionRoutes routes, string id, DefinitionAction action, int version, HttpContext context, Func<long, IResult> done)
    {
        if (!DefinitionId.IsValid(id))
        {
            return DefinitionProblems.InvalidId.ToResult();
        }

        try
        {
            var definitions = context.RequestServices.GetRequiredService<IDefinitionLog>();
            return done(await definitions.AppendAsync(Change(routes, id, action, version, default, context), context.RequestAborted));
        }
        catch (Exception error) when (error is DefinitionRefusedException or IOException)
        {
            return DefinitionRefusal.Of(error, context);
        }
    }

    private static DefinitionChange Change(DefinitionRoutes routes, string id, DefinitionAction action, int version, JsonElement body, HttpContext context)
    {
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
        return new DefinitionChange(routes.Kind, id, action, version, body, context.Actor(), now);
    }

    private static async Task<(JsonElement Body, IResult? Refusal)> ReadAsync(HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, buffer, DefinitionBook.MaxBodyBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return (default, status == BodyStatus.TooLarge
                ? DefinitionProblems.TooLarge.ToResult($"It has at most {DefinitionBook.MaxBodyBytes} bytes.")
                : DefinitionProblems.Malformed.ToResult("The body could not be read."));
        }

        try
        {
            return (BodyJson.Parse(buffer.WrittenSpan), null);
        }
        catch (JsonException error)
        {
            return (default, DefinitionProblems.Malformed.ToResult(error.Message));
        }
    }

    private static int LiveVersion(IDefinitionLog definitions, string kind, string id) =>
        definitions.List(kind).FirstOrDefault(each => string.Equals(each.Id, id, StringComparison.Ordinal)).LiveVersion;

    private static DateTimeOffset Time(DefinitionChange change) => DateTimeOffset.FromUnixTimeMilliseconds(change.AtMs);
}
