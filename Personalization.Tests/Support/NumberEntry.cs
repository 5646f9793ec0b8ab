using System.Buffers;
using System.Buffers.Binary;
using Personalization.Kernel.Log;

namespace Personalization.Tests.Support;

/// <summary>The smallest log entry: numbers, one an offset.</summary>
internal sealed class NumberEntry(params long[] numbers) : LogEntry
{
    public const byte EntryKind = 200;

    public IReadOnlyList<long> Numbers => numbers;

    public bool IsReleased { get; private set; }

    public override byte Kind => EntryKind;

    public override int Count => numbers.Length;

    public override int ByteCount => numbers.Length * sizeof(long);

    public override void WriteTo(IBufferWriter<byte> output)
    {
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), number);
            output.Advance(sizeof(long));
        }
    }

    protected override void OnReleased() => IsReleased = true;
}

/// <summary>Applies number entries by adding them to a list, and checkpoints the list.</summary>
internal sealed class NumberHandler : ILogEntryHandler
{
    public byte Kind => NumberEntry.EntryKind;

    public List<(long Offset, long Number)> Applied { get; } = [];

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var numbers = new long[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(body[(i * sizeof(long))..]);
        }

        return new NumberEntry(numbers) { FirstOffset = firstOffset };
    }

    public ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        lock (Applied)
        {
            var numbers = ((NumberEntry)entry).Numbers;
            for (var i = 0; i < numbers.Count; i++)
            {
                Applied.Add((entry.FirstOffset + i, numbers[i]));
            }
        }

        entry.Release();
        return ValueTask.CompletedTask;
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        var copy = body.ToArray();
        foreach (var index in indexes)
        {
            copy.AsSpan(index * sizeof(long), sizeof(long)).Clear();
        }

        output.Write(copy);
    }
}
