using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Personalization.Kernel.Sqlite;

/// <summary>
/// Keeps an installation's files for one process: a file among them that is held open until the process ends in whatever way; the operating system forgets
/// it with the process. Two hosts on the same files would number their events alike, and each would know of its own alone.
/// </summary>
internal sealed partial class InstallationLock : IDisposable
{
    private const string FileName = "host.lock";

    /// <summary>Longer than an orderly stop takes: who starts the new host while the old one is still stopping need not try twice.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TryEvery = TimeSpan.FromMilliseconds(100);
    private readonly FileStream _held;

    private InstallationLock(FileStream held) => _held = held;

    /// <summary>Blocks while another process has the files.</summary>
    /// <param name="dataDirectory">Must be there.</param>
    /// <param name="logger">Told that it waits.</param>
    /// <param name="patience">How long it waits; half a minute when nothing is said.</param>
    /// <exception cref="IOException">The other one did not end.</exception>
    public static InstallationLock Take(string dataDirectory, ILogger logger, TimeSpan? patience = null)
    {
        var (most, waited) = (patience ?? Patience, Stopwatch.StartNew());
        using var never = new ManualResetEventSlim();
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new InstallationLock(Open(dataDirectory));
            }
            catch (IOException) when (waited.Elapsed < most)
            {
                if (tries == 0)
                {
                    LogWaits(logger, dataDirectory, most.TotalSeconds);
                }

                never.Wait(TryEvery);
            }
            catch (IOException error)
            {
                throw new IOException($"Another host runs on {dataDirectory}, and did not end within {most.TotalSeconds:0} seconds. One process at a time may have the files: stop the other one, or set Personalization:DataDirectory to another folder.", error);
            }
        }
    }

    /// <returns>Null when a host has the files.</returns>
    public static InstallationLock? TryTake(string dataDirectory)
    {
        try
        {
            return new InstallationLock(Open(dataDirectory));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>With the container, behind the last store.</summary>
    public void Dispose() => _held.Dispose();

    private static FileStream Open(string dataDirectory) =>
        new(Path.Combine(dataDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    [LoggerMessage(EventId = 30, Level = LogLevel.Warning, Message = "Another host runs on {Directory}; this one waits for it to end, {Seconds:F0} s at most")]
    private static partial void LogWaits(ILogger logger, string directory, double seconds);
}
