namespace Personalization.Host.Http;

/// <summary>The server's own limits; each endpoint bounds its bodies further.</summary>
internal static class KestrelSetup
{
    public static WebApplicationBuilder ConfigureKestrel(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

        // An orderly stop takes a checkpoint and should be done within seconds; what is not applied by then is in the log.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        return builder;
    }
}
