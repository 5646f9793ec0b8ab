using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Personalization.Tests.Clients;

/// <summary>Stands between clients and the host and behaves like a bad day: one fault after the other, in a fixed order.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private static readonly string[] HopByHop = ["Connection", "Transfer-Encoding", "Keep-Alive", "Host"];
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Func<int, string, Fault> _plan;
    private readonly WebApplication _app;
    private string? _scripts;
    private int _requests;

    private FaultyProxy(Uri host, Func<int, string, Fault> plan)
    {
        Host = host;
        _plan = plan;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Where requests go.</summary>
    public Uri Host { get; }

    public Uri Address { get; private set; } = null!;

    /// <summary>Faults that clients met, by kind.</summary>
    public IReadOnlyDictionary<Fault, int> Met => _met;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<Fault, int> _met = [];

    /// <param name="host">The real host.</param>
    /// <param name="plan">The fault of each POST by its number, from 0, and path.</param>
    public static async Task<FaultyProxy> StartAsync(Uri host, Func<int, string, Fault> plan)
    {
        var proxy = new FaultyProxy(host, plan);
        await proxy._app.StartAsync();
        var address = proxy._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        proxy.Address = new Uri(address);
        return proxy;
    }

    /// <summary>Serves a page <c>/pages/NAME</c> for each script <c>NAME.js</c> of the folder.</summary>
    public void Show(string folder) => _scripts = folder;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (_scripts is { } scripts && context.Request.Path.StartsWithSegments("/pages", StringComparison.Ordinal, out var rest))
        {
            await ShowAsync(context, scripts, Path.GetFileName(rest.Value!));
            return;
        }

        var fault = HttpMethods.IsPost(context.Request.Method) ? _plan(Interlocked.Increment(ref _requests) - 1, context.Request.Path) : Fault.None;
        _met.AddOrUpdate(fault, 1, (_, count) => count + 1);
        switch (fault)
        {
            case Fault.TooManyRequests:
                context.Response.Headers.RetryAfter = "1";
                await AnswerAsync(context, HttpStatusCode.TooManyRequests);
                break;
            case Fault.ServerError:
                await AnswerAsync(context, HttpStatusCode.InternalServerError);
                break;
            case Fault.ResetBefore:
                context.Abort();
                break;
            default:
                await ForwardAsync(context, fault == Fault.LostAcknowledgement);
                break;
        }
    }

    private static Task ShowAsync(HttpContext context, string folder, string name)
    {
        if (name.EndsWith(".js", StringComparison.Ordinal))
        {
            context.Response.ContentType = "text/javascript";
            return context.Response.SendFileAsync(Path.Combine(folder, name));
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync($"<!doctype html><title>{name}</title><script type=module src=/pages/{name}.js></script>");
    }

    private static async Task AnswerAsync(HttpContext context, HttpStatusCode status)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        if (context.Request.Headers.Origin is [{ } origin])
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.AccessControlAllowCredentials = "true";
            context.Response.Headers.AccessControlExposeHeaders = "Retry-After";
        }

        context.Response.StatusCode = (int)status;
    }

    private async Task ForwardAsync(HttpContext context, bool losesAnswer)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(Host, context.Request.GetEncodedPathAndQuery()));
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsOptions(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var (name, values) in context.Request.Headers.Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var body = await response.Content.ReadAsByteArrayAsync();
            if (losesAnswer)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = (int)response.StatusCode;
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await context.Response.Body.WriteAsync(body);
        }
        catch (HttpRequestException)
        {
            // The host is down: a client that spoke with it itself would see its connection end the same way.
            context.Abort();
        }
    }
}

internal enum Fault
{
    None,
    TooManyRequests,
    ServerError,

    /// <summary>The connection ends before the host has seen the request.</summary>
    ResetBefore,

    /// <summary>The host took the events, but the client never hears of it.</summary>
    LostAcknowledgement,
}
