using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Support;

/// <summary>The kernel alone, on a folder, with number entries for a module.</summary>
internal sealed class KernelHost : IAsyncDisposable
{
    private readonly IHost _host;

    private KernelHost(IHost host, NumberHandler handler)
    {
        _host = host;
        Handler = handler;
    }

    public NumberHandler Handler { get; }

    public IEventLog Log => _host.Services.GetRequiredService<IEventLog>();

    public IPipelineStatus Status => _host.Services.GetRequiredService<IPipelineStatus>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static async Task<KernelHost> StartAsync(
        string folder, ICheckpointed? state = null, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Configuration.AddInMemoryCollection([new("DataDirectory", folder)]);
        var handler = new NumberHandler();
        builder.Services.AddLogging();
        builder.Services.AddKernel(builder.Configuration);
        builder.Services.AddSingleton<ILogEntryHandler>(handler);
        if (state is not null)
        {
            builder.Services.AddSingleton(state);
        }

        configure?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync();
        return new KernelHost(host, handler);
    }

    public async Task<long> AppendAsync(params long[] numbers)
    {
        var entry = new NumberEntry(numbers);
        if (Log.TryAppend(entry) is var admission and not Admission.Accepted)
        {
            throw new InvalidOperationException($"The log answered {admission}.");
        }

        var offset = await entry.Committed;
        entry.Release();
        return offset;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
