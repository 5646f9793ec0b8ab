namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Runs long work on a thread of its own, one that yields to everything else: on two cores, writing a checkpoint must not delay
/// an acknowledgement.
/// </summary>
internal static class BackgroundWork
{
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
                    ThreadNice.StepBack(ThreadNice.ATenth);
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
}
