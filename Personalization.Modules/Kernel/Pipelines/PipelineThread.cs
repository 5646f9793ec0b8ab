namespace Personalization.Kernel.Pipelines;

/// <summary>
/// A thread of its own for a loop that may have work for seconds, or waits for the disk. The pool does not interrupt: there, such a loop keeps a thread from requests
/// and decisions as long as it works or waits, and on one core there may be no other; or it stands behind all of them each time that it steps back. The system's
/// scheduler shares the cores between threads fairly, both ways. Everything that the loop awaits continues on the thread.
/// </summary>
internal sealed class PipelineThread : SynchronizationContext
{
    /// <summary>One at a time as a rule: a loop awaits one thing. Guards itself, and is what the thread waits on.</summary>
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();

    private PipelineThread()
    {
    }

    /// <summary>Starts a loop. Completes, or fails, with it; what awaits this goes on elsewhere.</summary>
    /// <param name="name">Of the thread, as tools show it; the system keeps 15 characters.</param>
    /// <param name="loop">Called on the thread.</param>
    public static Task RunAsync(string name, Func<Task> loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => new PipelineThread().Run(loop, ended)) { Name = name, IsBackground = true }.Start();
        return ended.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_ready)
        {
            _ready.Enqueue((d, state));
            Monitor.Pulse(_ready);
        }
    }

    /// <summary>Not supported: whoever waits for the loop would stop what it waits for.</summary>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Work is posted to the pipeline.");

    public override SynchronizationContext CreateCopy() => this;

    private void Run(Func<Task> loop, TaskCompletionSource ended)
    {
        SetSynchronizationContext(this);
        var running = Begin(loop);

        // Wakes the loop below, through Post.
        running.GetAwaiter().OnCompleted(static () => { });
        while (!running.IsCompleted)
        {
            var (callback, argument) = Take();
            callback(argument);
        }

        ended.SetFromTask(running);
    }

    private (SendOrPostCallback Callback, object? State) Take()
    {
        lock (_ready)
        {
            while (_ready.Count == 0)
            {
                Monitor.Wait(_ready);
            }

            return _ready.Dequeue();
        }
    }

    /// <summary>What a loop throws before it first waits is its failure, too.</summary>
    private static async Task Begin(Func<Task> loop) => await loop();
}
