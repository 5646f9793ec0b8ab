using System.Buffers;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Hands entries of one kind, in which nobody is named, to whoever learns from them: at once, in the order of the log, live and in a replay alike.
/// </summary>
internal abstract class NobodysEntryHandler<TEntry> : ILogEntryHandler
    where TEntry : LogEntry
{
    public abstract byte Kind { get; }

    /// <summary>Of the same kind, and teaches nothing.</summary>
    protected abstract TEntry Empty { get; }

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        Apply((TEntry)entry);
        entry.Release();
        return ValueTask.CompletedTask;
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>No entry names anybody, so no erasure asks for this; it is done all the same, as the contract says.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        if (indexes.IsEmpty)
        {
            output.Write(body);
        }
        else
        {
            Empty.WriteTo(output);
        }
    }

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    protected abstract TEntry Read(ReadOnlySpan<byte> body);

    /// <summary>Learns from it.</summary>
    protected abstract void Apply(TEntry entry);
}
