using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Personalization.Kernel.Pipelines;

/// <summary>
/// How long a thread has worked. Time that it stood behind others does not count, as it does by the clock on the wall: on a busy machine a thread that steps back
/// stands most of the time.
/// </summary>
internal static partial class ThreadTime
{
    private const int OfCallingThread = 3;

    /// <summary>Of the calling thread, from some start. Elsewhere than on Linux, the time that has passed: what comes of two readings is then more than it worked.</summary>
    public static TimeSpan Worked =>
        OperatingSystem.IsLinux() && GetTime(OfCallingThread, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1_000)
            : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out ClockTime time);

    /// <summary>As the system has it: two words.</summary>
    private readonly struct ClockTime
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
