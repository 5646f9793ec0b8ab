using System.Buffers;
using System.Buffers.Binary;
using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline.Reconciliation;

namespace Personalization.Tests.Tracking.Quality;

internal sealed class LogTimeSearchTests
{
    private const long DayMs = 86_400_000;
    private const long Now = QualityWorld.Start;

    [TestCase(EventOrigin.Replay)]
    [TestCase(EventOrigin.Import)]
    public void Letters_that_arrived_days_ago_and_were_sent_in_today_hide_nothing_of_today(EventOrigin origin)
    {
        using var log = new ArrivalLog();
        log.Add(30, Now, EventOrigin.Live, events: 1);
        log.Add(30, Now - (5 * DayMs), origin, events: 1);
        log.Add(24, Now, EventOrigin.Live, events: 1);

        Assert.That(log.FirstSince(Now - DayMs), Is.Zero);
    }

    [TestCase(EventOrigin.Live)]
    [TestCase(EventOrigin.ChangeCapture)]
    [TestCase(EventOrigin.Import)]
    public void What_arrived_before_is_not_looked_at(EventOrigin origin)
    {
        using var log = new ArrivalLog();
        log.Add(300, Now - (5 * DayMs), origin, events: 2);
        log.Add(300, Now - (3 * DayMs), EventOrigin.Replay, events: 2);
        log.Add(10, Now, origin, events: 2);

        Assert.That(log.FirstSince(Now - DayMs), Is.InRange(600, 1_200));
    }

    /// <summary>Batches of which only the arrival, the origin and the number of events are of interest.</summary>
    private sealed class ArrivalLog : ILogEntryHandler, IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly LogStore _store;

        public ArrivalLog()
        {
            _store = new LogStore(_folder.File("log.db"));
        }

        public byte Kind => EventBatch.EntryKind;

        public void Add(int batches, long arrivalMs, EventOrigin origin, int events)
        {
            var block = new LogBlockBuilder(compressAboveBytes: 1_024);
            for (var i = 0; i < batches; i++)
            {
                block.Clear();
                block.Add(new Arrival(arrivalMs, origin, events));
                _store.Append(events, BlockCodec.Plain, block.RawBytes, block.Build(out _));
            }
        }

        public long FirstSince(long arrivalMs) => new LogTimeSearch(new LogReplay(_store, [this])).FirstSince(arrivalMs, _store.NextOffset);

        public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
        {
            var batch = new EventBatch(_ => { })
            {
                FirstOffset = firstOffset,
                ReceivedAtMs = BinaryPrimitives.ReadInt64LittleEndian(body),
                Origin = (EventOrigin)body[sizeof(long)],
            };
            for (var i = 0; i < count; i++)
            {
                batch.AddEvent();
            }

            return batch;
        }

        public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
        {
        }

        public void Dispose()
        {
            _store.Dispose();
            _folder.Dispose();
        }
    }

    private sealed class Arrival(long arrivalMs, EventOrigin origin, int events) : LogEntry
    {
        public override byte Kind => EventBatch.EntryKind;

        public override int Count => events;

        public override int ByteCount => sizeof(long) + 1;

        public override void WriteTo(IBufferWriter<byte> output)
        {
            var body = output.GetSpan(ByteCount);
            BinaryPrimitives.WriteInt64LittleEndian(body, arrivalMs);
            body[sizeof(long)] = (byte)origin;
            output.Advance(ByteCount);
        }

        protected override void OnReleased()
        {
        }
    }
}
