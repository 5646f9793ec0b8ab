using System.Buffers;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>Puts answers of rankers where what comes of them finds them, in the order of the log, live and in a replay alike.</summary>
internal sealed class ShownHandler(WaitingDecisions waiting) : ILogEntryHandler
{
    public byte Kind => ShownEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = ShownEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        foreach (var answer in ((ShownEntry)entry).Answers)
        {
            waiting.Add(answer);
        }

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
            ShownEntry.Of([]).WriteTo(output);
        }
    }
}
