using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Personalization.Host;

namespace Personalization.Tests.Support;

/// <summary>The application as a process of its own, so that it can be killed.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(60);
    private static int _lastPort = 10_000 + (Environment.ProcessId % 20_000);
    private readonly Process _process;

    private HostProcess(Process process, int port)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(ShopServer.WriteKey + ":")));
        Server = new HttpClient { BaseAddress = Client.BaseAddress, Timeout = Client.Timeout };
        Server.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ShopServer.ServerKey);
    }

    /// <summary>Speaks with the write key.</summary>
    public HttpClient Client { get; }

    /// <summary>Speaks with the server key.</summary>
    public HttpClient Server { get; }

    /// <param name="folder">Its data.</param>
    /// <param name="port">Where it listens, to come back where it was before; any free port by default.</param>
    /// <param name="arguments">Further settings.</param>
    public static Task<HostProcess> StartAsync(string folder, int? port = null, params string[] arguments) =>
        StartAsync(folder, port, arguments, _ => { });

    /// <summary>With what this assembly plants into the process: every <c>IHostingStartup</c> that it names.</summary>
    /// <param name="folder">Data directory.</param>
    /// <param name="environment">Variables that tell the planted what to do.</param>
    public static Task<HostProcess> StartPlantedAsync(string folder, params (string Name, string Value)[] environment) => StartAsync(folder, port: null, [], start =>
    {
        // The dependencies of the tests in place of the host's own: only so the process finds this assembly.
        var tests = Path.ChangeExtension(typeof(HostProcess).Assembly.Location, null);
        foreach (var argument in new[] { "exec", "--depsfile", tests + ".deps.json", "--runtimeconfig", tests + ".runtimeconfig.json" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(HostProcess).Assembly.GetName().Name!;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
    });

    private static async Task<HostProcess> StartAsync(string folder, int? port, string[] arguments, Action<ProcessStartInfo> plant)
    {
        var listensOn = port ?? FreePort();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        plant(start);
        start.ArgumentList.Add(typeof(HostApp).Assembly.Location);
        foreach (var argument in ShopServer.Arguments(folder).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add($"--urls=http://127.0.0.1:{listensOn}");
        start.ArgumentList.Add("--Personalization:Log:CheckpointIntervalSeconds=1");
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var host = new HostProcess(process, listensOn);
        await host.WaitUntilReadyAsync();
        return host;
    }

    /// <summary>A client with the server key, which the caller disposes of.</summary>
    public HttpClient AsServer() => new()
    {
        BaseAddress = Client.BaseAddress,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", ShopServer.ServerKey) },
    };

    /// <summary>SIGKILL: no handler runs, no buffer is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        Client.Dispose();
        Server.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < ReadyPatience && !_process.HasExited)
        {
            try
            {
                using var response = await Client.GetAsync("/health/ready");
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("The host did not become ready.");
    }

    /// <summary>
    /// Below the range that the system gives out by itself, and each only once: a test that sends to a host which was killed must not reach
    /// the shop of another test.
    /// </summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref _lastPort);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }
    }
}
