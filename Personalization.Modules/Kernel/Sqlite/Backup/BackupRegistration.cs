using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>Copies of the installation.</summary>
internal static class BackupRegistration
{
    public static void AddBackup(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<BackupOptions>(configuration, BackupOptions.Section);
        services.AddSingleton<IValidateOptions<BackupOptions>, BackupOptionsValidator>();
        services.AddSingleton<BackupFolder>();
        services.AddSingleton<BackupWriter>();
        services.AddHostedService<BackupExpiry>();
    }

    /// <summary>A copy within the data directory would be what an erasure left behind.</summary>
    private sealed class BackupOptionsValidator(DataDirectory data) : IValidateOptions<BackupOptions>
    {
        public ValidateOptionsResult Validate(string? name, BackupOptions options)
        {
            if (string.IsNullOrWhiteSpace(options.Directory))
            {
                return ValidateOptionsResult.Success;
            }

            var below = Path.GetRelativePath(data.Path, Path.GetFullPath(options.Directory));
            return below == "." || (!below.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(below))
                ? ValidateOptionsResult.Fail("Personalization:Backup:Directory must not lie within the data directory.")
                : ValidateOptionsResult.Success;
        }
    }
}
