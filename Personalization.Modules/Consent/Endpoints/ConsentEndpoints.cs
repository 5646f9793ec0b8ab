using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints;

/// <summary>Registers and maps everything that is asked and said about consent.</summary>
internal static class ConsentEndpoints
{
    public static IServiceCollection AddConsentEndpoints(this IServiceCollection services)
    {
        services.AddSingleton<StatementBody>();
        services.AddSingleton<ConsentAnswer>();
        services.AddSingleton<RecordConsentEndpoint>();
        services.AddSingleton<ReadConsentEndpoint>();
        return services;
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var record = endpoints.ServiceProvider.GetRequiredService<RecordConsentEndpoint>();
        var read = endpoints.ServiceProvider.GetRequiredService<ReadConsentEndpoint>();
        endpoints.MapPost("/v1/consent", (RequestDelegate)record.RecordAsync).AllowCrossOrigin();
        endpoints.MapPreflight("/v1/consent");
        endpoints.MapPost("/v1/non-profiling", (RequestDelegate)record.ChooseAsync).AllowCrossOrigin();
        endpoints.MapPreflight("/v1/non-profiling");
        endpoints.MapGet("/v1/consent", (RequestDelegate)read.LookUpAsync).RequireServerKey();
        endpoints.MapGet("/v1/profiles/{profileId:int}/consent", (RequestDelegate)read.GetAsync).RequireServerKey();
        endpoints.MapPut("/v1/profiles/{profileId:int}/non-profiling", (RequestDelegate)read.ChooseAsync).RequireServerKey();
        endpoints.MapGet("/.well-known/gpc.json", GpcSupport).WithName("GetGpcSupport");
    }

    /// <summary>The support resource of the Global Privacy Control specification.</summary>
    internal static IResult GpcSupport(IOptions<ConsentOptions> options) => TypedResults.Json(
        options.Value.GpcSince is { } since
            ? (object)new { gpc = true, lastUpdate = since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) }
            : new { gpc = true });
}
