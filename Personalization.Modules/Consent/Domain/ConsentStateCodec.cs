using System.Buffers.Binary;
using System.Text;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Consent.Domain;

/// <summary>A state as a row of a checkpoint: fixed fields, then the ends of those purposes that have one, then the jurisdiction's name.</summary>
internal static class ConsentStateCodec
{
    private const int FixedBytes = 6 + (5 * sizeof(long));

    public static void Write(CheckpointWriter writer, byte table, long key, ConsentState state)
    {
        var ending = Ending(state);
        var name = state.Jurisdiction?.Name ?? "";
        var row = writer.Reserve(table, key, FixedBytes + (int.PopCount(ending) * sizeof(long)) + Encoding.UTF8.GetByteCount(name));
        row[0] = state.Stated;
        row[1] = state.Granted;
        row[2] = state.FromTcString;
        row[3] = state.FromGppString;
        row[4] = (byte)((state.HasGpc ? 1 : 0) | (state.IsNonProfiling ? 2 : 0));
        row[5] = (byte)ending;
        row = row[6..];
        row = Put(row, state.TimestampMs);
        row = Put(row, state.GpcAtMs);
        row = Put(row, state.ChoiceAtMs);
        row = Put(row, (long)state.StatementHash);
        row = Put(row, (long)state.StringsHash);
        foreach (var index in PurposeBits.Indexes((byte)ending))
        {
            row = Put(row, state.ExpiresAtMs![index]);
        }

        Encoding.UTF8.GetBytes(name, row);
    }

    /// <param name="row">As written.</param>
    /// <param name="jurisdictions">A name that is not configured any more counts as unsaid.</param>
    public static ConsentState Read(ReadOnlySpan<byte> row, JurisdictionDirectory jurisdictions)
    {
        var rest = row[FixedBytes..];
        long[]? ends = null;
        if (row[5] != 0)
        {
            ends = new long[PurposeBits.Count];
            Array.Fill(ends, long.MaxValue);
            foreach (var index in PurposeBits.Indexes(row[5]))
            {
                ends[index] = BinaryPrimitives.ReadInt64LittleEndian(rest);
                rest = rest[sizeof(long)..];
            }
        }

        return new ConsentState
        {
            Stated = row[0],
            Granted = row[1],
            FromTcString = row[2],
            FromGppString = row[3],
            HasGpc = (row[4] & 1) != 0,
            IsNonProfiling = (row[4] & 2) != 0,
            TimestampMs = Long(row, 0),
            GpcAtMs = Long(row, 1),
            ChoiceAtMs = Long(row, 2),
            StatementHash = (ulong)Long(row, 3),
            StringsHash = (ulong)Long(row, 4),
            ExpiresAtMs = ends,
            Jurisdiction = rest.IsEmpty ? null : jurisdictions.Named(Encoding.UTF8.GetString(rest)),
        };
    }

    private static int Ending(ConsentState state)
    {
        var ending = 0;
        for (var index = 0; state.ExpiresAtMs is { } ends && index < ends.Length; index++)
        {
            ending |= ends[index] == long.MaxValue ? 0 : 1 << index;
        }

        return ending;
    }

    private static Span<byte> Put(Span<byte> row, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, value);
        return row[sizeof(long)..];
    }

    private static long Long(ReadOnlySpan<byte> row, int place) => BinaryPrimitives.ReadInt64LittleEndian(row[(6 + (place * sizeof(long)))..]);
}
