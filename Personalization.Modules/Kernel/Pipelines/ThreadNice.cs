using System.Runtime.InteropServices;

namespace Personalization.Kernel.Pipelines;

/// <summary>Lets a thread yield to all others: .NET ignores thread priorities on Linux, so it is the kernel's nice value that is set. Nothing elsewhere.</summary>
internal static partial class ThreadNice
{
    private const int PriorityOfThread = 0;

    /// <summary>A tenth of the time that a thread of normal priority gets, as long as one asks for it.</summary>
    public const int ATenth = 10;

    /// <summary>A third of it.</summary>
    public const int AThird = 5;

    /// <param name="nice">How far.</param>
    /// <param name="thread">The system's number of it; 0 is the one that calls.</param>
    public static void StepBack(int nice, int thread = 0)
    {
        if (OperatingSystem.IsLinux())
        {
            // Refused in sandboxes, and when the thread has ended: what it does is then done at normal priority, or is done.
            _ = SetPriority(PriorityOfThread, thread, nice);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int nice);
}
