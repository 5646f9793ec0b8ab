using System.Net;

namespace Personalization.Bench.Servers;

/// <summary>The product's host in its own process, on an empty data directory of its own that can outlive a kill.</summary>
internal sealed class ProductServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ProductFiles _files;
    private readonly int? _core;
    private readonly TemporaryDirectory _data = new();
    private ChildProcess? _process;
    private ControlClient? _control;

    private ProductServer(ProductFiles files, int? core) => (_files, _core) = (files, core);

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public ControlClient Control => _control ?? throw new InvalidOperationException("The server has not been started.");

    public string DataDirectory => _data.FullPath;

    public static async Task<ProductServer> StartAsync(ProductFiles files, CancellationToken cancellationToken, int? core = null)
    {
        var server = new ProductServer(files, core);
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch // Not handled, only cleaned up after: no server may outlive its start.
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts the host on what is in the data directory.</summary>
    /// <returns>Time from the start of the process to <c>/health/ready</c>.</returns>
    public async Task<TimeSpan> StartAgainAsync(CancellationToken cancellationToken)
    {
        Kill();
        EndPoint = ChildProcess.FreeEndPoint();
        _control = new ControlClient(EndPoint);
        var settings = ProductSettings.For(DataDirectory).Select(setting => $"--{setting.Key}={setting.Value}");
        _process = ChildProcess.Start([_files.Host, $"--urls=http://{EndPoint}", .. settings], core: _core);
        return await Readiness.WaitAsync(_process, EndPoint, "/health/ready", Patience, cancellationToken);
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _control?.Dispose();
        _control = null;
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Deletes all that was derived from the log, of a server that does not run.</summary>
    public void DeleteDerivedState()
    {
        foreach (var directory in Directory.GetDirectories(DataDirectory))
        {
            Directory.Delete(directory, recursive: true);
        }

        foreach (var file in Directory.GetFiles(DataDirectory).Where(file => !Path.GetFileName(file).StartsWith("log.db", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        Kill();
        _data.Dispose();
    }
}
