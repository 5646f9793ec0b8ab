using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Personalization.Tests.Consent.Rights;

/// <summary>Somebody who is called: remembers every call and answers what the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Call> Calls { get; } = [];

    /// <summary>Status by number of the call, from 0.</summary>
    public Func<int, int> Answer { get; set; } = _ => StatusCodes.Status201Created;

    public string Url { get; private set; } = "";

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Map("/{**path}", receiver.ReceiveAsync);
        await app.StartAsync();
        receiver.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        int number;
        lock (Calls)
        {
            number = Calls.Count;
            Calls.Enqueue(new Call(
                context.Request.Path,
                body.ToArray(),
                context.Request.Headers["X-OpenDSR-Signature"].ToString(),
                context.Request.Headers["X-OpenDSR-Processor-Domain"].ToString(),
                context.Request.Headers.Authorization.ToString()));
        }

        context.Response.StatusCode = Answer(number);
    }

    /// <summary>One call.</summary>
    internal sealed record Call(string Path, byte[] Body, string Signature, string Domain, string Authorization);
}
