using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Log;

/// <summary>
/// Reads entries back from disk. Reading, decompressing and parsing run ahead on another thread, so that a replay is as
/// quick as its slowest part rather than their sum. How far ahead is bounded in entries and in bytes.
/// </summary>
internal sealed partial class LogReplay(LogStore store, IEnumerable<ILogEntryHandler> handlers)
{
    private const int BlocksPerQuery = 16;
    private const int EntriesAhead = 256;

    /// <summary>Enough for every usual entry; large batches, of which 256 could fill the memory, are read fewer ahead.</summary>
    internal const long BytesAhead = 32 << 20;

    private readonly FrozenDictionary<byte, ILogEntryHandler> _handlers = handlers.ToFrozenDictionary(handler => handler.Kind);

    /// <summary>Entries that reach into [from, until), in order. Each comes with one reference for the caller.</summary>
    public async IAsyncEnumerable<LogEntry> ReadAsync(
        long from, long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(EntriesAhead) { SingleReader = true, SingleWriter = true });
        var room = new Room();
        var reading = Task.Run(() => ReadAheadAsync(from, until, ahead.Writer, room, stopReading.Token), CancellationToken.None);
        try
        {
            await foreach (var entry in ahead.Reader.ReadAllAsync(cancellationToken))
            {
                room.Give(entry.ByteCount);
                yield return entry;
            }
        }
        finally
        {
            await stopReading.CancelAsync();
            room.Give(0);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The same on the caller's thread, one block at a time, for long work that must not press: it runs at the caller's priority.</summary>
    public IEnumerable<LogEntry> ReadHere(long from, long until)
    {
        using var connection = store.OpenReader();
        var buffer = new ByteBuffer();
        var entries = new List<LogEntry>();
        var next = from;
        while (next < until)
        {
            // Each block on its own: a reader that stays open for minutes would keep the write-ahead log from being moved.
            var block = LogStore.Read(connection, next, 1).Single();
            next = Decode(block, buffer, next, until, entries);
            foreach (var entry in entries)
            {
                yield return entry;
            }

            entries.Clear();
        }
    }

    private async Task ReadAheadAsync(
        long from, long until, ChannelWriter<LogEntry> ahead, Room room, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = store.OpenReader();
            var buffer = new ByteBuffer();
            var entries = new List<LogEntry>();
            var next = from;
            while (next < until)
            {
                var before = next;
                var limit = until - next == 1 ? 1 : BlocksPerQuery;
                foreach (var block in LogStore.Read(connection, next, limit))
                {
                    if (block.FirstOffset >= until)
                    {
                        break;
                    }

                    next = Decode(block, buffer, next, until, entries);
                    foreach (var entry in entries)
                    {
                        await room.TakeAsync(entry.ByteCount, cancellationToken);
                        await ahead.WriteAsync(entry, cancellationToken);
                    }

                    entries.Clear();
                }

                if (next == before)
                {
                    throw new InvalidDataException($"The log has a gap at offset {next}.");
                }
            }

            ahead.Complete();
        }
        catch (Exception error) // Carried to the reader of the channel, who decides.
        {
            ahead.Complete(error);
        }
    }

    private long Decode(in StoredBlock block, ByteBuffer buffer, long from, long until, List<LogEntry> entries)
    {
        var offset = block.FirstOffset;
        foreach (var stored in LogBlockReader.Open(block, buffer))
        {
            if (offset + stored.Count > from && offset < until)
            {
                if (!_handlers.TryGetValue(stored.Kind, out var handler))
                {
                    throw new InvalidDataException($"Nobody reads log entries of kind {stored.Kind} (offset {offset}).");
                }

                var entry = handler.Read(offset, stored.Count, stored.Body);
                entry.FirstOffset = offset;
                entries.Add(entry);
            }

            offset += stored.Count;
        }

        return Math.Max(from, offset);
    }

    /// <summary>Bytes that were read and not asked for yet. One reader takes, one gives back.</summary>
    private sealed class Room
    {
        private readonly AsyncSignal _freed = new();
        private long _taken;

        /// <summary>Waits until there is room; a single entry that is larger than all of it gets it alone.</summary>
        public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
        {
            while (Volatile.Read(ref _taken) is > 0 and var taken && taken + bytes > BytesAhead)
            {
                await _freed.WaitAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }

            Interlocked.Add(ref _taken, bytes);
        }

        public void Give(int bytes)
        {
            Interlocked.Add(ref _taken, -bytes);
            _freed.Wake();
        }
    }
}
