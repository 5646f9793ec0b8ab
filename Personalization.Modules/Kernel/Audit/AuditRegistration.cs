using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Audit;

/// <summary>The audit log as one part of the kernel.</summary>
public static class AuditRegistration
{
    internal static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<AuditOptions>(configuration, AuditOptions.Section);
        services.AddKeyedSingleton(AuditFile.Name, (provider, _) => new SqliteFile(
            provider.GetRequiredService<DataDirectory>().File(AuditFile.Name), AuditFile.Migrations));
        services.AddSingleton(provider => new AuditLog(
            provider.GetRequiredKeyedService<SqliteFile>(AuditFile.Name),
            new AuditAnchor(AnchorPath(provider.GetRequiredService<DataDirectory>().Path, provider.GetRequiredService<IOptions<AuditOptions>>().Value.AnchorPath)),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AuditLog>>()));
        services.AddSingleton<IAuditLog>(provider => provider.GetRequiredService<AuditLog>());
        services.AddSingleton(provider => new AuditReader(
            provider.GetRequiredKeyedService<SqliteFile>(AuditFile.Name), provider.GetRequiredService<AuditLog>()));
        services.AddSingleton(new RetentionRule("audit.db", "Administrative and privacy actions; people are numbers, request ids or keyed hashes"));
        services.AddSingleton(new RetentionRule("log.db", "Events as they came, and catalogue changes"));
        return services;
    }

    /// <summary>Maps <c>/v1/audit</c>.</summary>
    internal static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder endpoints)
    {
        AuditEndpoints.Map(endpoints);
        return endpoints;
    }

    /// <summary>Declares that a value of the route names a thing, never a person: the audit log then shows it as it is.</summary>
    public static TBuilder AuditsPlainly<TBuilder>(this TBuilder builder, string routeValue)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new PlainRouteValue(routeValue)));
        return builder;
    }

    /// <summary>Where the two files lie, for whoever verifies them without the host.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="anchorPath">As configured; empty for the usual place.</param>
    public static (string File, string Anchor) FilesIn(string dataDirectory, string? anchorPath = null) =>
        (Path.Combine(dataDirectory, AuditFile.Name + ".db"), AnchorPath(dataDirectory, anchorPath));

    private static string AnchorPath(string dataDirectory, string? configured) =>
        string.IsNullOrEmpty(configured) ? Path.Combine(dataDirectory, AuditAnchor.FileName) : Path.GetFullPath(configured);
}
