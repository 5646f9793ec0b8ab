using Microsoft.Extensions.Hosting;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>
/// Tells a restore that a host runs on the files: a file that each host holds open, shared with others, until it ends in whatever way. The
/// operating system forgets it with the process.
/// </summary>
internal sealed class RunningMark(DataDirectory data) : IHostedService, IDisposable
{
    private const string FileName = "host.lock";
    private FileStream? _held;

    /// <summary>Whether some host has the folder.</summary>
    public static bool IsHeld(string dataDirectory)
    {
        try
        {
            using var alone = new FileStream(Path.Combine(dataDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _held = new FileStream(Path.Combine(data.Path, FileName), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>With the container, behind the last store.</summary>
    public void Dispose() => _held?.Dispose();
}
