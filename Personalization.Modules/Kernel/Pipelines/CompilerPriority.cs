using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Lets the runtime's compiler yield to requests. For as long as a process has code that became hot of late, one thread compiles it anew, and on one or two
/// cores it took more than half of the time for tenths of a second: every request stood behind it at each of the threads on its way. The runtime has no
/// setting for it and makes the thread when there is work, so this looks for it by its name. By a third only: code that is not compiled well makes a process
/// that has too much to do slower still. On Linux only.
/// </summary>
internal sealed class CompilerPriority(TimeProvider time) : BackgroundService
{
    /// <summary>The runtime's name for it, as far as the system keeps it: 15 characters.</summary>
    internal const string ThreadName = ".NET Tiered Com";

    private const string Threads = "/proc/self/task";

    /// <summary>A thread gets its name shortly after its start.</summary>
    private const int LooksAThread = 2;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What a sandbox does not show is passed over.</summary>
    private static readonly EnumerationOptions Shown = new() { IgnoreInaccessible = true };

    private Dictionary<string, int> _looks = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Directory.Exists(Threads))
        {
            return;
        }

        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }

    /// <summary>Looks at the threads that are new.</summary>
    internal void Look()
    {
        var looks = new Dictionary<string, int>(_looks.Count);
        foreach (var thread in Directory.EnumerateDirectories(Threads, "*", Shown))
        {
            var before = _looks.GetValueOrDefault(thread);
            looks.Add(thread, before + 1);
            if (before < LooksAThread && NameOf(thread) == ThreadName)
            {
                ThreadNice.StepBack(ThreadNice.AThird, int.Parse(Path.GetFileName(thread.AsSpan()), CultureInfo.InvariantCulture));
            }
        }

        _looks = looks;
    }

    /// <summary>Null for one that has ended, or that a sandbox does not show.</summary>
    private static string? NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
