using System.Globalization;
using System.Runtime.InteropServices;

namespace Personalization.Bench.Load;

/// <summary>
/// Gives the server and the load a core each, so that a load of more than the server can do stands before the server and not before the
/// load's own threads. Linux with at least two cores; elsewhere both share what there is.
/// </summary>
internal static partial class CpuPinning
{
    public const int ServerCore = 0;
    public const int LoadCore = 1;

    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.ProcessorCount > 1;

    /// <summary>Moves every thread of this process to the load's core; later threads inherit it.</summary>
    public static void KeepLoadOffTheServer()
    {
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            var mask = 1L << LoadCore;
            if (SetAffinity(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), sizeof(long), ref mask) != 0)
            {
                throw new InvalidOperationException($"A thread could not be moved to core {LoadCore}: error {Marshal.GetLastPInvokeError()}.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int thread, nint size, ref long mask);
}
