using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>The streams that are open just now. Whoever reads too slowly loses messages and is told how many. Thread-safe.</summary>
internal sealed class LiveHub(IOptions<LiveOptions> options)
{
    private readonly Lock _gate = new();
    private volatile LiveStream[] _streams = [];

    public bool HasStreams => _streams.Length > 0;

    /// <summary>A new stream; null when there are as many as there may be.</summary>
    public LiveStream? Join(LiveFilter filter)
    {
        lock (_gate)
        {
            if (_streams.Length >= options.Value.MaxStreams)
            {
                return null;
            }

            var stream = new LiveStream(filter, options.Value.StreamQueue);
            _streams = [.. _streams, stream];
            return stream;
        }
    }

    public void Leave(LiveStream stream)
    {
        lock (_gate)
        {
            _streams = [.. _streams.Where(other => other != stream)];
        }
    }

    public void Send(LiveMessage message)
    {
        foreach (var stream in _streams)
        {
            stream.Offer(message);
        }
    }

    /// <summary>News of a flag, for every stream that shows its source.</summary>
    public void Tell(QualityFlag flag)
    {
        if (HasStreams)
        {
            Send(new LiveMessage("flag", flag.Source, null, JsonSerializer.SerializeToUtf8Bytes(flag, FlagJson.Options)));
        }
    }
}

/// <summary>What somebody wants to see.</summary>
/// <param name="Source">Name of a source, or null for all.</param>
/// <param name="Verdict">One verdict, or null for all.</param>
internal readonly record struct LiveFilter(string? Source, EventVerdict? Verdict)
{
    public bool Shows(string? source, EventVerdict? verdict) =>
        (Source is null || source is null || Source == source) && (Verdict is null || verdict is null || Verdict == verdict);
}

/// <summary>One message of a stream.</summary>
/// <param name="Event">Its name: <c>event</c>, <c>skipped</c>, <c>flag</c>.</param>
/// <param name="Source">Whom it is about.</param>
/// <param name="Verdict">Of an event.</param>
/// <param name="Json">Its data, UTF-8 without line breaks.</param>
internal sealed record LiveMessage(string Event, string? Source, EventVerdict? Verdict, byte[] Json);
