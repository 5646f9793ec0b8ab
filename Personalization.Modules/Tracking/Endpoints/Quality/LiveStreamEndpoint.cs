using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Pipeline.Live;

namespace Personalization.Tracking.Endpoints.Quality;

/// <summary>
/// <c>GET /v1/live/stream</c>: server-sent events. <c>event</c> is one event with its verdict, <c>skipped</c> says how many of a source were too many
/// to show, <c>dropped</c> how many messages this reader was too slow for, <c>flag</c> is a quality flag that was raised or cleared.
/// </summary>
internal static class LiveStreamEndpoint
{
    private const int RetrySeconds = 10;

    private static ReadOnlySpan<byte> Opening => "retry: 3000\n: connected\n\n"u8;

    private static ReadOnlySpan<byte> Heartbeat => ": heartbeat\n\n"u8;

    /// <summary>200 and stays open; 400 for an unknown verdict; 401 without server key or token; 429 when too many streams are open.</summary>
    public static async Task HandleAsync(
        HttpContext context, LiveHub hub, LiveTokens tokens, ServerKeys keys, IOptions<LiveOptions> options, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        if (!keys.IsServer(context) && !tokens.IsGood(context.Request.Query["token"].ToString()))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await ServerKeyExtensions.ServerKeyRequired.WriteAsync(context, "Or a token of POST /v1/live/tokens in the query.");
        }
        else if (!LiveEndpoints.TryReadFilter(context.Request.Query, out var filter))
        {
            await LiveEndpoints.UnknownVerdict.WriteAsync(context, LiveEndpoints.VerdictHint);
        }
        else if (hub.Join(filter) is not { } stream)
        {
            await LiveEndpoints.TooManyStreams.WriteAsync(context, retryAfterSeconds: RetrySeconds);
        }
        else
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            try
            {
                await RunAsync(context, stream, TimeSpan.FromSeconds(options.Value.HeartbeatSeconds), time, end.Token);
            }
            catch (OperationCanceledException)
            {
                // The reader has gone, or the process stops: either way nobody is left to tell.
            }
            finally
            {
                hub.Leave(stream);
            }
        }
    }

    private static async Task RunAsync(HttpContext context, LiveStream stream, TimeSpan heartbeat, TimeProvider time, CancellationToken cancellationToken)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.BodyWriter.Write(Opening);
        await response.BodyWriter.FlushAsync(cancellationToken);
        while (true)
        {
            if (!await WaitAsync(stream, heartbeat, time, cancellationToken))
            {
                response.BodyWriter.Write(Heartbeat);
            }

            Write(response.BodyWriter, stream);
            await response.BodyWriter.FlushAsync(cancellationToken);
        }
    }

    /// <summary>False when nothing came for the length of a heartbeat.</summary>
    private static async Task<bool> WaitAsync(LiveStream stream, TimeSpan heartbeat, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await stream.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static void Write(IBufferWriter<byte> writer, LiveStream stream)
    {
        if (stream.TakeDropped() is > 0 and var dropped)
        {
            writer.Write(Encoding.UTF8.GetBytes($"event: dropped\ndata: {{\"count\":{dropped}}}\n\n"));
        }

        while (stream.TryTake(out var message))
        {
            writer.Write(Encoding.UTF8.GetBytes($"event: {message!.Event}\ndata: "));
            writer.Write(message.Json);
            writer.Write("\n\n"u8);
        }
    }
}
