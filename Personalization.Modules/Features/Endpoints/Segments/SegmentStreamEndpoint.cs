using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>
/// <c>GET /v1/segments/changes/stream</c>: the feed as server-sent events, for whoever wants changes as they happen. Each message is a page as
/// <c>/changes</c> answers it, and its id is the cursor behind it: a client that comes back with <c>Last-Event-ID</c> goes on there and misses
/// nothing. Begins with what comes unless <c>after</c> says otherwise. Server key required.
/// </summary>
internal sealed class SegmentStreamEndpoint(SegmentChangesEndpoint changes, FactFeed feed, SegmentRoster roster, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Each holds a connection and reads the feed for itself.</summary>
    private const int MaxStreams = 64;

    private const int PageSize = 500;
    private const int RetrySeconds = 10;

    /// <summary>Below the patience of common proxies.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private int _streams;

    /// <summary>200 and stays open; 400; 404 for an unknown segment; 410 for a cursor that has aged out; 429 when too many streams are open.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var after = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? last : query["after"].ToString();
        var segment = query["segment"].ToString();
        var number = segment.Length == 0 ? -1 : roster.Set.Find(segment);
        if (!changes.TryCursor(after.Length == 0 ? SegmentChangesEndpoint.Now : after, out var cursor))
        {
            await SegmentProblems.InvalidQuery.WriteAsync(context, "'after', or Last-Event-ID, is the id of a message, or 'now'.");
        }
        else if (segment.Length > 0 && number < 0)
        {
            await SegmentProblems.UnknownSegment.WriteAsync(context, $"There is no segment '{segment}'.");
        }
        else if (feed.IsExpired(cursor))
        {
            await SegmentProblems.CursorExpired.WriteAsync(context);
        }
        else
        {
            await StreamAsync(context, cursor, number);
        }
    }

    private async Task StreamAsync(HttpContext context, FeedCursor cursor, int segment)
    {
        if (Interlocked.Increment(ref _streams) > MaxStreams)
        {
            Interlocked.Decrement(ref _streams);
            await SegmentProblems.TooManyStreams.WriteAsync(context, retryAfterSeconds: RetrySeconds);
            return;
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await WriteAsync(context.Response, cursor, segment, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The reader has gone, or the process stops: that is how streams end.
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task WriteAsync(HttpResponse response, FeedCursor cursor, int segment, CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        response.BodyWriter.Write(": connected\n\n"u8);
        await response.BodyWriter.FlushAsync(cancellationToken);
        while (true)
        {
            var (facts, next) = changes.Read(cursor, PageSize, segment);
            if (facts.Count > 0)
            {
                var page = JsonSerializer.Serialize(new { changes = facts.Select(changes.View), next = next.ToString() }, JsonSerializerOptions.Web);
                response.BodyWriter.Write(Encoding.UTF8.GetBytes($"id: {next}\nevent: changes\ndata: {page}\n\n"));
            }

            cursor = next;
            if (facts.Count == 0 && !await HasMoreAsync(cursor, cancellationToken))
            {
                response.BodyWriter.Write(": heartbeat\n\n"u8);
            }

            await response.BodyWriter.FlushAsync(cancellationToken);
        }
    }

    /// <summary>False when nothing came for the length of a heartbeat.</summary>
    private async Task<bool> HasMoreAsync(FeedCursor cursor, CancellationToken cancellationToken)
    {
        try
        {
            await feed.WaitAsync(cursor).WaitAsync(Heartbeat, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
