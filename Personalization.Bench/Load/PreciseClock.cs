using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Personalization.Bench.Load;

/// <summary>
/// Waits until a moment to some ten microseconds without burning a core, where the system can: the two cores belong to the
/// server as well. Elsewhere than on Linux it waits in steps of a millisecond.
/// </summary>
internal static partial class PreciseClock
{
    private const int SetTimerSlack = 29;

    /// <summary>Asks the kernel not to bundle this thread's wake-ups.</summary>
    public static void PrepareThread()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(SetTimerSlack, 1, 0, 0, 0);
        }
    }

    /// <param name="timestamp">In stopwatch ticks.</param>
    public static void WaitUntil(long timestamp)
    {
        while (timestamp - Stopwatch.GetTimestamp() is var ticks and > 0)
        {
            var nanoseconds = (long)(ticks * (1e9 / Stopwatch.Frequency));
            if (OperatingSystem.IsLinux())
            {
                var wait = new Timespec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
                _ = Sleep(in wait, 0);
            }
            else
            {
                using var never = new ManualResetEventSlim();
                never.Wait(TimeSpan.FromMilliseconds(1));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in Timespec wait, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
