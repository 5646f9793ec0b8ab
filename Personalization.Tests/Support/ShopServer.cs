using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain;
using Personalization.Host;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Support;

/// <summary>The whole application on a loopback port, in this process.</summary>
internal sealed class ShopServer : IAsyncDisposable
{
    public const string WriteKey = "test-write-key";
    public const string ServerKey = "test-server-key";

    /// <summary>
    /// Setting for shops that are compared with others: a tick of the clock has a place in the log, so those whose ticks fall elsewhere number what
    /// comes after differently.
    /// </summary>
    public const string WithoutTicks = "--Personalization:Tracking:Clock:TickMs=10000";
    private readonly WebApplication _app;
    private int _isDisposed;

    private ShopServer(WebApplication app, Uri address)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = address };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(WriteKey + ":")));
        Server = new HttpClient { BaseAddress = address };
        Server.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServerKey);
    }

    /// <summary>Speaks with the write key.</summary>
    public HttpClient Client { get; }

    /// <summary>Speaks with the server key.</summary>
    public HttpClient Server { get; }

    public IServiceProvider Services => _app.Services;

    public static string[] Arguments(string folder) =>
    [
        "--urls=http://127.0.0.1:0",
        "--Logging:LogLevel:Default=Warning",
        "--Serilog:MinimumLevel:Default=Warning",
        $"--Personalization:DataDirectory={folder}",
        "--Personalization:Tracking:Sources:0:Name=shop",
        $"--Personalization:Tracking:Sources:0:WriteKey={WriteKey}",
        $"--Personalization:ServerKeys:0={ServerKey}",
        "--Personalization:Consent:DefaultGranted:0=All",

        // A busy test machine is under pressure now and then, or answers late, the first time above all; only tests of that want to see it.
        "--Personalization:Tracking:Pressure:RiseMs=60000",
        "--Personalization:Tracking:FreshWaitMs=10000",
        .. new DecisioningOptions().Placements.Keys.Select(placement => $"--Personalization:Decisioning:Placements:{placement}:BudgetMs=10000"),
    ];

    public static Task<ShopServer> StartAsync(string folder, params string[] arguments) => StartAsync(folder, _ => { }, arguments);

    /// <param name="folder">Data directory.</param>
    /// <param name="configure">Puts something before the application's own endpoints: pages of a test, faults.</param>
    /// <param name="arguments">Further settings.</param>
    public static Task<ShopServer> StartAsync(string folder, Action<WebApplication> configure, params string[] arguments) =>
        StartAsync(HostApp.Build([.. Arguments(folder), .. arguments]), configure);

    /// <summary>With services of the test behind the product's own: stages that fail, steps, clocks.</summary>
    public static Task<ShopServer> StartWithAsync(string folder, Action<IServiceCollection> services, params string[] arguments) =>
        StartAsync(HostApp.Build([.. Arguments(folder), .. arguments], services), _ => { });

    /// <summary>With both.</summary>
    public static Task<ShopServer> StartWithAsync(
        string folder, Action<IServiceCollection> services, Action<WebApplication> configure, params string[] arguments) =>
        StartAsync(HostApp.Build([.. Arguments(folder), .. arguments], services), configure);

    private static async Task<ShopServer> StartAsync(WebApplication app, Action<WebApplication> configure)
    {
        configure(app);
        try
        {
            await app.StartAsync();
        }
        catch // Not handled, only cleaned up after: its gauges would go on asking for files of a folder that is gone.
        {
            await app.DisposeAsync();
            throw;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var server = new ShopServer(app, new Uri(address));
        await server.SettleAsync();
        return server;
    }

    /// <summary>Waits until everything that was acknowledged has passed all stages, and has what is popular ranked by it: the shop does that twice a second only.</summary>
    /// <exception cref="InvalidOperationException">The pipeline has failed, which stops the host, and would never come so far.</exception>
    public async Task SettleAsync()
    {
        var stopping = Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await Services.GetRequiredService<IPipelineStatus>().WaitUntilAppliedAsync(stopping).WaitAsync(stopping);
            Services.GetRequiredService<LearnedModels>().Rank();
        }
        catch (OperationCanceledException error) when (stopping.IsCancellationRequested)
        {
            throw new InvalidOperationException("The host stops before everything is applied: its pipeline has failed, and its log says why.", error);
        }
    }

    public async Task TrackAsync(string path, object body)
    {
        using var response = await Client.PostAsync(path, Json(body));
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    public async Task<JsonElement> RecommendAsync(string placementAndQuery)
    {
        using var response = await Client.GetAsync("/v1/recommendations/" + placementAndQuery);
        response.EnsureSuccessStatusCode();
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    public static StringContent Json(object body) =>
        new(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        Client.Dispose();
        Server.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
