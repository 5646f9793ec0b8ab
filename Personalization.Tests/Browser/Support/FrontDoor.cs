using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Support;

/// <summary>A request that arrived, with its body.</summary>
internal sealed record SeenRequest(string Method, string Path, string Query, string Body, IHeaderDictionary Headers)
{
    private const int ShownBytes = 300;

    public override string ToString() => $"{Method} {Path}{Query} {(Body.Length > ShownBytes ? Body[..ShownBytes] + "…" : Body)}";
}

/// <summary>
/// Stands before the real application on its port: shows the pages of a test, records what browsers send, and does to requests what
/// networks and tired servers do. Safe on any thread.
/// </summary>
internal sealed class FrontDoor
{
    private readonly ConcurrentDictionary<string, (string ContentType, byte[] Content)> _pages = new();
    private readonly ConcurrentQueue<SeenRequest> _seen = new();

    /// <summary>Given each request before the application is; the request ends here unless it calls the delegate.</summary>
    public Func<HttpContext, RequestDelegate, Task>? Fault { get; set; }

    /// <summary>Requests that reached this port, without those for the pages of the test.</summary>
    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public IReadOnlyList<SeenRequest> SeenAt(string path) => [.. _seen.Where(request => request.Path == path)];

    /// <summary>Shows a page (or a script) at a path of the shop.</summary>
    public void Show(string path, string content, string contentType = "text/html; charset=utf-8") =>
        _pages[path] = (contentType, Encoding.UTF8.GetBytes(content));

    public void Attach(WebApplication app) => app.Use(HandleAsync);

    private async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (_pages.TryGetValue(request.Path, out var page))
        {
            context.Response.ContentType = page.ContentType;
            await context.Response.Body.WriteAsync(page.Content, context.RequestAborted);
            return;
        }

        if (request.Path == "/favicon.ico")
        {
            // Every browser asks for it once; it is nobody's request.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        if (request.Headers.Authorization == "Bearer " + ShopServer.ServerKey)
        {
            // The test itself looks something up.
            await next(context);
            return;
        }

        var headers = new HeaderDictionary(request.Headers.ToDictionary(header => header.Key, header => header.Value));
        _seen.Enqueue(new SeenRequest(request.Method, request.Path, request.QueryString.Value ?? "", await ReadBodyAsync(request), headers));
        await (Fault is { } fault ? fault(context, next) : next(context));
    }

    private static async Task<string> ReadBodyAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return body;
    }
}
