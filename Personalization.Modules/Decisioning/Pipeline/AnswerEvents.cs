using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Puts into the log, as events of a source of its own, what answers have done. Answers never wait for it: they leave a note in a bounded queue, and notes become
/// batches. What was noted before the process stops is written before it stops.
/// </summary>
/// <typeparam name="TNote">What an answer has done.</typeparam>
/// <param name="events">The log.</param>
/// <param name="source">Whose events they are; nobody has its key.</param>
/// <param name="batchSize">Notes that make one batch at most: it must stay below what the log takes at once.</param>
internal abstract class AnswerEvents<TNote>(IEventWriter events, string source, int batchSize) : BackgroundService
{
    private const int MaxWaiting = 10_000;

    private readonly Channel<TNote> _queue = Channel.CreateBounded<TNote>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _unnoted;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    /// <summary>False when as many wait as may: the note is not kept. Thread-safe.</summary>
    protected bool TryNote(TNote note) => _queue.Writer.TryWrite(note);

    /// <summary>The same for notes that an answer can go without: they are lost, and told with the next batch.</summary>
    protected void Note(TNote note)
    {
        if (!TryNote(note))
        {
            Interlocked.Increment(ref _unnoted);
            Return(note);
        }
    }

    /// <summary>Takes back a note that is written or lost, where notes are used again.</summary>
    protected virtual void Return(TNote note)
    {
    }

    /// <summary>One event of <c>/v1/batch</c>, as an object.</summary>
    protected abstract void Write(Utf8JsonWriter json, TNote note);

    /// <summary>After a batch of which something is not in the log.</summary>
    /// <param name="batch">To be used before this returns; which of it is lost is not told.</param>
    /// <param name="lost">How many notes, those that were not kept since the last time among them.</param>
    /// <param name="reason">For people.</param>
    protected abstract void OnLost(IReadOnlyList<TNote> batch, long lost, string reason);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<TNote>(batchSize);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < batchSize && _queue.Reader.TryRead(out var note))
            {
                batch.Add(note);
            }

            var written = await events.WriteAsync(ToBatch(batch), source, EventOrigin.Live, stoppingToken);
            var (refused, unnoted) = (batch.Count - written.Accepted, Interlocked.Exchange(ref _unnoted, 0));
            if (refused + unnoted > 0)
            {
                OnLost(batch, refused + unnoted, refused == 0 ? "too many waited" : written.Problem?.Title ?? "refused");
            }

            batch.ForEach(Return);
        }
    }

    /// <summary>Begins a track event and says whose it is; the caller goes on within the event and ends it.</summary>
    protected static void Begin(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset at, string? userId, string? anonymousId)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "track"u8);
        json.WriteString("event"u8, name);
        json.WriteString("timestamp"u8, at);
        if (userId is not null)
        {
            json.WriteString("userId"u8, userId);
        }

        if (anonymousId is not null)
        {
            json.WriteString("anonymousId"u8, anonymousId);
        }
    }

    private ReadOnlyMemory<byte> ToBatch(List<TNote> batch)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch"u8);
            foreach (var note in batch)
            {
                Write(json, note);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }
}
