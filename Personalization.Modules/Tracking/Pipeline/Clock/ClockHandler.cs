using System.Buffers;
using Personalization.Kernel.Log;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>Takes ticks from the sequencer, and hands them to every partition behind the events that came before.</summary>
internal sealed class ClockHandler(TrackedEventHandler events) : ILogEntryHandler
{
    public byte Kind => ClockEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = ClockEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public async ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        await events.TickAsync(((ClockEntry)entry).TimeMs, entry.FirstOffset + entry.Count);
        entry.Release();
    }

    /// <summary>What ticks wait for are the partitions, which the handler of events drains.</summary>
    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Nobody is in a tick.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) => output.Write(body);
}
