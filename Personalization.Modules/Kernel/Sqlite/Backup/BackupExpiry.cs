using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>Deletes backups that have reached their age.</summary>
internal sealed partial class BackupExpiry(BackupFolder folder, TimeProvider time, IOptions<BackupOptions> options, ILogger<BackupExpiry> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!folder.IsConfigured)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Value.ExpiryIntervalMinutes), time);
        do
        {
            try
            {
                folder.DeleteExpired();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Old copies of people stay until somebody looks: the next round tries again.
                LogExpiryFailed(error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventId = 68, Level = LogLevel.Error, Message = "Expired backups could not be deleted; it is tried again")]
    private partial void LogExpiryFailed(Exception error);
}
