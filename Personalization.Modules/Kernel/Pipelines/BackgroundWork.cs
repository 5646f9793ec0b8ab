using System.Runtime.InteropServices;

namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Runs long work on a thread of its own, one that yields to everything else: on two cores, writing a checkpoint must not delay
/// an acknowledgement. .NET ignores thread priorities on Linux, so the thread lowers itself through the kernel's nice value.
/// </summary>
internal static partial class BackgroundWork
{
    private const int ThisThread = 0;
    private const int PriorityOfThread = 0;
    private const int Nicer = 10;

    /// <param name="work">May block.</param>
    /// <param name="name">Of the thread.</param>
    /// <param name="stepsBack">False for work that others wait for: it has a thread of its own, but its fair share of time.</param>
    public static Task RunAsync(Action work, string name, bool stepsBack = true)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                if (stepsBack)
                {
                    StepBack();
                }

                work();
                done.SetResult();
            }
            catch (Exception error) // Carried to whoever awaits.
            {
                done.SetException(error);
            }
        })
        {
            Name = name,
            IsBackground = true,
            Priority = stepsBack ? ThreadPriority.BelowNormal : ThreadPriority.Normal,
        };
        thread.Start();
        return done.Task;
    }

    private static void StepBack()
    {
        if (OperatingSystem.IsLinux())
        {
            // Refused only in sandboxes; the work is then done at normal priority.
            _ = SetPriority(PriorityOfThread, ThisThread, Nicer);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int nice);
}
