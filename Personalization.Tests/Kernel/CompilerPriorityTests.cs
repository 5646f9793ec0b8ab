using NUnit.Framework;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Kernel;

[Platform("Linux")]
public class CompilerPriorityTests
{
    [TestCase(CompilerPriority.ThreadName, ExpectedResult = ThreadNice.AThird)]
    [TestCase("event log", ExpectedResult = 0)]
    public int Only_the_compilers_thread_steps_back(string name)
    {
        using var looked = new ManualResetEventSlim();
        using var began = new ManualResetEventSlim();
        var nice = 0;
        var thread = new Thread(() =>
        {
            began.Set();
            looked.Wait();
            nice = NiceOfThisThread();
        })
        {
            Name = name,
        };
        thread.Start();
        began.Wait();

        using var priority = new CompilerPriority(TimeProvider.System);
        priority.Look();
        looked.Set();
        thread.Join();

        return nice;
    }

    /// <summary>The 19th field of what the system tells of a thread; the second is its name in brackets.</summary>
    private static int NiceOfThisThread()
    {
        var fields = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(fields[(fields.LastIndexOf(')') + 2)..].Split(' ')[16]);
    }
}
