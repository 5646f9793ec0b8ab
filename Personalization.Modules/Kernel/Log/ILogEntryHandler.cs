using System.Buffers;

namespace Personalization.Kernel.Log;

/// <summary>
/// What a module does with the log entries of its kind. The same handler serves live traffic and replay: the only
/// difference is whether the entry comes from memory or from disk.
/// </summary>
public interface ILogEntryHandler
{
    /// <summary>The <see cref="LogEntry.Kind"/> that this handler owns.</summary>
    byte Kind { get; }

    /// <summary>Rebuilds an entry from its stored body. Called on the sequencer's thread, in log order.</summary>
    LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body);

    /// <summary>
    /// Applies the entry. Called once per entry, in log order, by the sequencer alone. The handler takes over one reference
    /// and releases it when the entry's last event has been applied, which may be after the call has returned.
    /// </summary>
    ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken);

    /// <summary>Completes when everything handed over so far has been applied by all stages.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Copies a stored body without the events at <paramref name="indexes"/> (ascending, from 0). Offsets stay as they are:
    /// an erased event still takes its place. Used by erasure.
    /// </summary>
    void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output);
}
