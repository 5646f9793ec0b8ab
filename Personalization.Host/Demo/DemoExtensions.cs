using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo;

/// <summary>The demo shop: <c>--demo</c> on the command line, a page at <c>/demo</c>.</summary>
internal static class DemoExtensions
{
    /// <summary>
    /// Configures keys and a data directory where none are configured, and registers the shop and its shoppers. Call it before
    /// the modules read their configuration. Does nothing without <c>--demo</c>.
    /// </summary>
    public static WebApplicationBuilder AddDemo(this WebApplicationBuilder builder, DemoArguments arguments)
    {
        if (!arguments.IsDemo)
        {
            return builder;
        }

        var settings = DemoSettings.Read(builder.Configuration);
        builder.Configuration.AddInMemoryCollection(settings.ToConfiguration(builder.Configuration).ToArray());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(_ => DemoCatalog.Create(settings.Seed));
        builder.Services.AddSingleton<DemoClient>();
        builder.Services.AddHostedService<DemoService>();
        return builder;
    }

    /// <summary>The page and its catalogue. Does nothing when the demo was not added.</summary>
    public static IEndpointRouteBuilder MapDemo(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<DemoSettings>() is not { } settings)
        {
            return endpoints;
        }

        var page = DemoPage.Load();
        var catalog = new Lazy<byte[]>(() => DemoPage.WriteCatalog(
            endpoints.ServiceProvider.GetRequiredService<DemoCatalog>(), settings.WriteKey));
        endpoints.MapGet("/demo", (HttpContext context) => page.Show(context)).ExcludeFromDescription();
        endpoints.MapGet("/demo/catalog.json", () => TypedResults.Bytes(catalog.Value, "application/json")).ExcludeFromDescription();
        return endpoints;
    }
}
