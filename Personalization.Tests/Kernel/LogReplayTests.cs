using System.Buffers;
using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class LogReplayTests
{
    private const int Entries = 200;
    private const int HeavyBytes = 1 << 20;

    [Test]
    public async Task What_is_read_ahead_is_bounded_in_bytes_and_all_of_it_comes()
    {
        using var folder = new TemporaryFolder();
        using var store = new LogStore(folder.File("log.db"));
        var block = new LogBlockBuilder(compressAboveBytes: 1_024);
        for (var i = 0; i < Entries; i++)
        {
            block.Clear();
            block.Add(new NumberEntry(i));
            store.Append(1, BlockCodec.Plain, block.RawBytes, block.Build(out _));
        }

        var handler = new HeavyHandler();
        var offsets = new List<long>();
        var most = 0;
        await foreach (var entry in new LogReplay(store, [handler]).ReadAsync(0, Entries, CancellationToken.None))
        {
            if (offsets.Count < 3)
            {
                // Time to run ahead as far as it may.
                await Task.Delay(100);
            }

            offsets.Add(entry.FirstOffset);
            most = Math.Max(most, handler.Read - offsets.Count);
        }

        Assert.That(offsets, Is.EqualTo(Enumerable.Range(0, Entries)));
        Assert.That(most, Is.InRange(2, (LogReplay.BytesAhead / HeavyBytes) + 2));
    }

    [Test]
    public async Task A_reader_that_stops_early_releases_the_one_that_runs_ahead()
    {
        using var folder = new TemporaryFolder();
        using var store = new LogStore(folder.File("log.db"));
        var block = new LogBlockBuilder(compressAboveBytes: 1_024);
        block.Add(new NumberEntry([.. Enumerable.Range(0, 10)]));
        for (var i = 0; i < Entries; i++)
        {
            store.Append(10, BlockCodec.Plain, block.RawBytes, block.Build(out _));
        }

        await foreach (var entry in new LogReplay(store, [new HeavyHandler()]).ReadAsync(0, Entries * 10, CancellationToken.None))
        {
            Assert.That(entry.FirstOffset, Is.Zero);
            break;
        }
    }

    /// <summary>Entries that weigh much.</summary>
    private sealed class HeavyHandler : ILogEntryHandler
    {
        private int _read;

        public int Read => Volatile.Read(ref _read);

        public byte Kind => NumberEntry.EntryKind;

        LogEntry ILogEntryHandler.Read(long firstOffset, int count, ReadOnlySpan<byte> body)
        {
            Interlocked.Increment(ref _read);
            return new HeavyEntry(count);
        }

        public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
        {
        }
    }

    private sealed class HeavyEntry(int count) : LogEntry
    {
        public override byte Kind => NumberEntry.EntryKind;

        public override int Count => count;

        public override int ByteCount => HeavyBytes;

        public override void WriteTo(IBufferWriter<byte> output)
        {
        }

        protected override void OnReleased()
        {
        }
    }
}
