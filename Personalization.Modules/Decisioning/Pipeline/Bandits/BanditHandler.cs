using System.Buffers;
using Personalization.Decisioning.Domain.Bandits;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Bandits;

/// <summary>Teaches the bandit, in the order of the log, live and in a replay alike.</summary>
internal sealed class BanditHandler(WaitingEvents events) : ILogEntryHandler
{
    public byte Kind => BanditEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = BanditEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var read = (BanditEntry)entry;
        switch (read.Action)
        {
            case BanditAction.Rank:
                events.Rank(read.Key, read.Example, read.Value, read.IsDeferred, read.AtMs);
                break;
            case BanditAction.Activate:
                events.Activate(read.Key, read.AtMs);
                break;
            case BanditAction.Reward:
                events.Reward(read.Key, read.Value, read.AtMs);
                break;
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
            BanditEntry.Erased.WriteTo(output);
        }
    }
}
