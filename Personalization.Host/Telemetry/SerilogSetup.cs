using Serilog;
using Serilog.Extensions.Logging;
using Serilog.Settings.Configuration;

namespace Personalization.Host.Telemetry;

/// <summary>Logs go through Serilog; sinks and levels stand in the section <c>Serilog</c>.</summary>
internal static class SerilogSetup
{
    public static WebApplicationBuilder AddSerilogLogging(this WebApplicationBuilder builder)
    {
        // The sinks' assemblies are named because a single-file binary has none to scan for.
        var readerOptions = new ConfigurationReaderOptions(
            typeof(ConsoleLoggerConfigurationExtensions).Assembly, typeof(FileLoggerConfigurationExtensions).Assembly);
        var logger = new LoggerConfiguration().ReadFrom.Configuration(builder.Configuration, readerOptions).CreateLogger();
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(logger, dispose: true);

        // Its scope of ids for the log, with an activity to have them, is a good part of what a request allocates, and no line shows them. Whoever
        // listens for traces gets activities all the same, and what fails is logged by those who handle it.
        builder.Logging.AddFilter<SerilogLoggerProvider>("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        return builder;
    }
}
