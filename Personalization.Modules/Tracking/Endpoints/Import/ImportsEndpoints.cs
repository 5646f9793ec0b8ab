using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Http;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Pipeline.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>The imports and what became of them. Server key required.</summary>
internal static class ImportsEndpoints
{
    private const int MaxListed = 1_000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        // Asks for its own key, to tell those who come with a write key why that is not enough.
        endpoints.MapPost("/v1/import", (RequestDelegate)endpoints.ServiceProvider.GetRequiredService<ImportEndpoint>().HandleAsync)
            .WithName("Import");
        var imports = endpoints.MapGroup("/v1/imports").RequireServerKey();
        imports.MapGet("", List).WithName("ListImports");
        imports.MapGet("{id}", Get).WithName("GetImport");
        imports.MapDelete("{id}", Cancel).WithName("CancelImport");
    }

    /// <summary>200, newest first.</summary>
    internal static IResult List(ImportDesk desk, int limit = 50) =>
        TypedResults.Ok(desk.List(Math.Clamp(limit, 1, MaxListed)).Select(ImportAnswer.Of).ToList());

    /// <summary>200, also while it runs; 404.</summary>
    internal static IResult Get(string id, ImportDesk desk) =>
        desk.Find(id) is { } report ? TypedResults.Ok(ImportAnswer.Of(report)) : ImportProblems.UnknownImport.ToResult();

    /// <summary>202 when it runs and was told to stop; 200 when it had been broken off and is now given up; 404; 409 when it is completed.</summary>
    internal static IResult Cancel(string id, ImportDesk desk, ImportStore store, TimeProvider time)
    {
        if (desk.TryCancel(id))
        {
            return TypedResults.Accepted((string?)null);
        }

        if (store.Find(id) is not { } report)
        {
            return ImportProblems.UnknownImport.ToResult();
        }

        if (report.State == ImportState.Completed)
        {
            return ImportProblems.Ended.ToResult();
        }

        var cancelled = report with { State = ImportState.Cancelled, FinishedAt = report.FinishedAt ?? time.GetUtcNow(), Detail = "It was cancelled." };
        store.Put(cancelled);
        return TypedResults.Ok(ImportAnswer.Of(cancelled));
    }
}
