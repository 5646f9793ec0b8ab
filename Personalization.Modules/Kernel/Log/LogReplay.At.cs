namespace Personalization.Kernel.Log;

// Single places of the log, rather than a run of it.
internal sealed partial class LogReplay
{
    /// <summary>
    /// The entries that hold these places (ascending), each with those of them that lie in it and one reference for the caller. On the
    /// caller's thread; holds one block's entries at a time.
    /// </summary>
    public IEnumerable<(LogEntry Entry, ReadOnlyMemory<long> Offsets)> ReadAt(ReadOnlyMemory<long> offsets)
    {
        using var connection = store.OpenReader();
        var buffer = new ByteBuffer();
        var entries = new List<(LogEntry Entry, ReadOnlyMemory<long> Offsets)>();
        while (!offsets.IsEmpty)
        {
            var block = LogStore.Read(connection, offsets.Span[0], 1).FirstOrDefault();
            if (block.EventCount == 0 || offsets.Span[0] >= block.FirstOffset + block.EventCount)
            {
                throw new InvalidDataException($"The log does not hold offset {offsets.Span[0]}.");
            }

            offsets = Decode(block, buffer, offsets, entries);
            foreach (var entry in entries)
            {
                yield return entry;
            }

            entries.Clear();
        }
    }

    /// <summary>Takes from the block what is asked for, and returns the places that lie behind it.</summary>
    private ReadOnlyMemory<long> Decode(
        in StoredBlock block, ByteBuffer buffer, ReadOnlyMemory<long> offsets, List<(LogEntry Entry, ReadOnlyMemory<long> Offsets)> entries)
    {
        var first = block.FirstOffset;
        foreach (var stored in LogBlockReader.Open(block, buffer))
        {
            var end = first + stored.Count;
            var inside = 0;
            while (inside < offsets.Length && offsets.Span[inside] < end)
            {
                inside++;
            }

            if (inside > 0)
            {
                if (!_handlers.TryGetValue(stored.Kind, out var handler))
                {
                    throw new InvalidDataException($"Nobody reads log entries of kind {stored.Kind} (offset {first}).");
                }

                var entry = handler.Read(first, stored.Count, stored.Body);
                entry.FirstOffset = first;
                entries.Add((entry, offsets[..inside]));
                offsets = offsets[inside..];
            }

            first = end;
        }

        return offsets;
    }
}
