using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Decisioning.Contracts;
using Personalization.Host;

namespace Personalization.Bench.Servers;

/// <summary>The product inside this process, as in a shop that embeds it, with its HTTP endpoint on a loopback port.</summary>
internal sealed class EmbeddedHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryDirectory _data;

    private EmbeddedHost(WebApplication app, TemporaryDirectory data, IPEndPoint endPoint)
    {
        (_app, _data) = (app, data);
        Personalizer = app.Services.GetRequiredService<IPersonalizer>();
        Control = new ControlClient(endPoint);
    }

    public IPersonalizer Personalizer { get; }

    /// <summary>Any other service of the product.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public ControlClient Control { get; }

    /// <param name="endPoint">Where it listens.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="more">Further settings.</param>
    /// <param name="services">Puts services of the bench in place of the product's own.</param>
    public static async Task<EmbeddedHost> StartAsync(
        IPEndPoint endPoint, CancellationToken cancellationToken, IEnumerable<KeyValuePair<string, string?>>? more = null, Action<IServiceCollection>? services = null)
    {
        var data = new TemporaryDirectory();
        var settings = ProductSettings.For(data.FullPath).Append(ProductSettings.LogToStandardError).Concat(more ?? []);
        var app = HostApp.Build([$"--urls=http://{endPoint}", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")], services);
        await app.StartAsync(cancellationToken);
        return new EmbeddedHost(app, data, endPoint);
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }
}
