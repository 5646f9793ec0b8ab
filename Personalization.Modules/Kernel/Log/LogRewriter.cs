using System.Collections.Frozen;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Personalization.Kernel.Log;

/// <summary>
/// Takes events out of the log for good: the blocks that hold them are written anew without their content. Offsets stay, so
/// everything that counts in offsets stays true.
/// </summary>
internal sealed class LogRewriter(LogStore store, IEnumerable<ILogEntryHandler> handlers, IOptions<LogOptions> options)
{
    private readonly FrozenDictionary<byte, ILogEntryHandler> _handlers = handlers.ToFrozenDictionary(handler => handler.Kind);

    /// <summary>Erases the events at these offsets (ascending) and returns the number of blocks that were rewritten.</summary>
    public int Erase(IReadOnlyList<long> offsets)
    {
        using var connection = store.OpenReader();

        var blocks = 0;
        for (var at = 0; at < offsets.Count;)
        {
            var block = LogStore.Read(connection, offsets[at], limit: 1).Single();
            var first = at;
            while (at < offsets.Count && offsets[at] < block.FirstOffset + block.EventCount)
            {
                at++;
            }

            Rewrite(connection, block, [.. offsets.Skip(first).Take(at - first).Select(offset => (int)(offset - block.FirstOffset))]);
            blocks++;
        }

        LogStore.Checkpoint(connection);
        return blocks;
    }

    /// <summary>Notes that the log has been through an erasure.</summary>
    public void Mark(string requestId, long atMs) => store.MarkErasure(requestId, atMs);

    /// <summary>The erasures that the log has been through.</summary>
    public IReadOnlySet<string> Marks() => store.ErasureMarks();

    private void Rewrite(SqliteConnection connection, in StoredBlock block, int[] erased)
    {
        var builder = new LogBlockBuilder(options.Value.CompressAboveBytes);
        var start = 0;
        foreach (var entry in LogBlockReader.Open(block, new ByteBuffer()))
        {
            var end = start + entry.Count;
            var inEntry = erased.Where(index => index >= start && index < end).Select(index => index - start).ToArray();
            var output = builder.BeginRaw(entry.Kind, entry.Count, out var lengthAt);
            if (inEntry.Length == 0)
            {
                output.Write(entry.Body);
            }
            else
            {
                _handlers[entry.Kind].WriteWithout(entry.Body, inEntry, output);
            }

            builder.EndRaw(lengthAt);
            start = end;
        }

        var body = builder.Build(out var codec);
        LogStore.Rewrite(connection, block.FirstOffset, codec, builder.RawBytes, body.ToArray());
    }
}
