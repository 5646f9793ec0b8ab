using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Personalization.Bench.Load;

namespace Personalization.Bench.Servers;

/// <summary>A server in its own process. All of them end with the bench, however it ends, but for its being killed itself.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int TailLines = 40;

    private static readonly Lock Gate = new();
    private static readonly HashSet<ChildProcess> Alive = [];

    private readonly Process _process;
    private readonly Queue<string> _tail = new(TailLines);
    private readonly bool _passOutput;

    private ChildProcess(Process process, bool passOutput)
    {
        _process = process;
        _passOutput = passOutput;
        process.OutputDataReceived += (_, line) => Hear(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, isError: true);
    }

    /// <summary>Hears the child's standard output; set it before anything is expected there.</summary>
    public Action<string>? OnOutput { get; set; }

    public StreamWriter Input => _process.StandardInput;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines that the child wrote: says why it did not start.</summary>
    public string Tail
    {
        get
        {
            lock (_tail)
            {
                return string.Join('\n', _tail);
            }
        }
    }

    /// <summary>Runs a .NET program with the runtime of this process.</summary>
    /// <param name="arguments">As after <c>dotnet exec</c>.</param>
    /// <param name="passOutput">Whether the child's output is the bench's own; it is kept for <see cref="Tail"/> otherwise.</param>
    /// <param name="core">The one core that it may use; all when null.</param>
    public static ChildProcess Start(IEnumerable<string> arguments, bool passOutput = false, int? core = null)
    {
        var dotnet = Path.GetFullPath(
            Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = new ProcessStartInfo(core is null ? dotnet : "taskset")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = passOutput ? Environment.CurrentDirectory : AppContext.BaseDirectory,
        };
        if (core is { } only)
        {
            start.ArgumentList.Add("--cpu-list");
            start.ArgumentList.Add(only.ToString(CultureInfo.InvariantCulture));
            start.ArgumentList.Add(dotnet);
        }

        start.ArgumentList.Add("exec");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        SocketTuning.KeepFrom(start.Environment);
        var child = new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException("The process did not start."), passOutput);
        lock (Gate)
        {
            Alive.Add(child);
        }

        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>A port that nobody listens on, as far as anyone can know.</summary>
    public static IPEndPoint FreeEndPoint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    public static void KillAll()
    {
        ChildProcess[] children;
        lock (Gate)
        {
            children = [.. Alive];
        }

        foreach (var child in children)
        {
            child.Kill();
        }
    }

    /// <summary>As <c>kill -9</c> does: no goodbye. Returns once the process is gone.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Kill();
        lock (Gate)
        {
            Alive.Remove(this);
        }

        _process.Dispose();
    }

    private void Hear(string? line, bool isError)
    {
        if (line is null)
        {
            return;
        }

        if (_passOutput)
        {
            (isError ? Console.Error : Console.Out).WriteLine(line);
            return;
        }

        lock (_tail)
        {
            if (_tail.Count == TailLines)
            {
                _tail.Dequeue();
            }

            _tail.Enqueue(line);
        }

        if (!isError)
        {
            OnOutput?.Invoke(line);
        }
    }
}
