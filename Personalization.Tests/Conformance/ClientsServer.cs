using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Conformance;

/// <summary>A server with the sources that the recorded clients were set up for, and a way to read what they made of them.</summary>
internal sealed class ClientsServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShopServer Shop { get; private set; } = null!;

    public Uri Address => Shop.Client.BaseAddress!;

    public static async Task<ClientsServer> StartAsync(params string[] arguments)
    {
        var server = new ClientsServer();
        server.Shop = await ShopServer.StartAsync(
            server._folder.Path,
            [
                "--Personalization:Tracking:Sources:1:Name=clients",
                "--Personalization:Tracking:Sources:1:WriteKey=TEST_WRITE_KEY",
                "--Personalization:Tracking:Sources:1:AppIds:0=shop",
                "--Personalization:Tracking:Sources:2:Name=posthog",
                "--Personalization:Tracking:Sources:2:WriteKey=phc_TEST",
                "--Personalization:Tracking:Sources:3:Name=jitsu",
                "--Personalization:Tracking:Sources:3:WriteKey=k",
                .. arguments,
            ]);
        return server;
    }

    public long NextOffset => Shop.Services.GetRequiredService<IPipelineStatus>().LogNextOffset;

    public Task<RawConnection> ConnectAsync(CancellationToken cancellationToken) => RawConnection.OpenAsync(Address, cancellationToken);

    /// <summary>Events of the log from an offset on.</summary>
    public async Task<List<StoredEvent>> EventsFromAsync(long offset)
    {
        await Shop.SettleAsync();
        var offsets = Enumerable.Range(0, (int)(NextOffset - offset)).Select(i => offset + i).ToList();
        var events = new List<StoredEvent>();
        await foreach (var stored in Shop.Services.GetRequiredService<IEventReader>().ReadAsync(offsets, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    public static JsonElement Json(StoredEvent stored) => JsonElement.Parse(stored.Json.Span);

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        _folder.Dispose();
    }
}
