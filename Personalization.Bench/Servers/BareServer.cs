using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Personalization.Bench.Servers;

/// <summary>
/// The reference that every HTTP figure is divided by: minimal API on Kestrel without logging, which parses the same bodies with a
/// source-generated context and forgets them, and answers a GET with constant bytes.
/// </summary>
internal sealed class BareServer : IDisposable
{
    private readonly ChildProcess _process;

    private BareServer(ChildProcess process, IPEndPoint endPoint) => (_process, EndPoint) = (process, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it in its own process, with the host's runtime settings so that both collect garbage alike.</summary>
    public static async Task<BareServer> StartAsync(int answerBytes, ProductFiles files, CancellationToken cancellationToken)
    {
        var endPoint = ChildProcess.FreeEndPoint();
        var process = ChildProcess.Start(
        [
            "--runtimeconfig", files.RuntimeConfig, files.Bench, "serve-bare",
            "--urls", $"http://{endPoint}", "--bytes", $"{answerBytes}",
        ]);
        await Readiness.WaitAsync(process, endPoint, "/health/ready", TimeSpan.FromSeconds(30), cancellationToken);
        return new BareServer(process, endPoint);
    }

    /// <summary>Serves until the process is ended.</summary>
    public static async Task ServeAsync(string urls, int answerBytes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(urls);
        var success = "{\"success\":true}"u8.ToArray();
        var answer = new byte[answerBytes];
        answer.AsSpan().Fill((byte)'x');
        app.MapPost("/v1/track", async context =>
        {
            _ = await context.Request.ReadFromJsonAsync(BareJson.Default.BareEvent, context.RequestAborted);
            await WriteAsync(context, success);
        });
        app.MapPost("/v1/batch", async context =>
        {
            _ = await context.Request.ReadFromJsonAsync(BareJson.Default.BareBatch, context.RequestAborted);
            await WriteAsync(context, success);
        });
        app.MapGet("/health/ready", context => WriteAsync(context, success));
        app.MapGet("/v1/recommendations/{placement}", context => WriteAsync(context, answer));
        await app.RunAsync();
    }

    public void Dispose() => _process.Dispose();

    private static Task WriteAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }
}
