using Microsoft.AspNetCore.Http.Metadata;
using Personalization.Host.Demo;
using Personalization.Host.Http;
using Personalization.Host.Telemetry;

namespace Personalization.Host;

/// <summary>The composed application; tests and measurements start the same one.</summary>
public static class HostApp
{
    /// <param name="args">The command line.</param>
    /// <param name="configure">Services of the embedding program, added behind the product's own: stages and steps run in this order.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var demo = DemoArguments.Parse(args);
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = demo.Remaining, ContentRootPath = ContentRoot.Find() });
        builder.AddSerilogLogging();
        builder.ConfigureKestrel();
        builder.AddDemo(demo);
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = UnreadableParameters.Name);
        builder.Services.AddPersonalization(builder.Configuration);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseWhen(
            context => context.GetEndpoint()?.Metadata.GetMetadata<ISkipStatusCodePagesMetadata>() is null,
            others => others.UseStatusCodePages());
        app.MapPersonalization();
        app.MapOperations();
        app.MapSdk();
        app.MapDemo();
        return app;
    }
}
