namespace Personalization.Host.Http;

/// <summary>The server's own limits; each endpoint bounds its bodies further.</summary>
internal static class KestrelSetup
{
    public static WebApplicationBuilder ConfigureKestrel(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Trackers that send an event in the address of an image need more than the usual 8 KB. An event may have 64 KB; one of more is to be refused
            // like others, for they send it again and again, and all others behind it, as long as it is the server that refuses.
            kestrel.Limits.MaxRequestLineSize = 256 * 1024;
        });

        // An orderly stop takes a checkpoint and should be done within seconds; what is not applied by then is in the log.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        return builder;
    }
}
