using System.Buffers.Binary;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// How the person of an unfinished erasure stands on disk, so that it can go on after a crash: profile numbers and the keyed hashes of
/// the identifiers. Removed with the last receipt. Offsets stand beside it and stay: they tell nothing once their events are gone.
/// </summary>
internal static class ErasureWork
{
    public static byte[] Write(ErasureSubject subject)
    {
        var bytes = new byte[sizeof(int) + (subject.ProfileIds.Count * sizeof(int)) + (subject.IdentifierKeys.Count * 16)];
        var rest = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(rest, subject.ProfileIds.Count);
        rest = rest[sizeof(int)..];
        foreach (var profile in subject.ProfileIds)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, profile);
            rest = rest[sizeof(int)..];
        }

        foreach (var key in subject.IdentifierKeys)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(rest, key);
            rest = rest[16..];
        }

        return bytes;
    }

    public static ErasureSubject Read(ReadOnlySpan<byte> bytes, IReadOnlyList<long> offsets)
    {
        var profiles = new HashSet<int>();
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var rest = bytes[sizeof(int)..];
        for (; count > 0; count--, rest = rest[sizeof(int)..])
        {
            profiles.Add(BinaryPrimitives.ReadInt32LittleEndian(rest));
        }

        var keys = new HashSet<UInt128>();
        for (; !rest.IsEmpty; rest = rest[16..])
        {
            keys.Add(BinaryPrimitives.ReadUInt128LittleEndian(rest));
        }

        return new ErasureSubject(profiles, offsets, keys);
    }

    public static byte[] WriteOffsets(IReadOnlyList<long> offsets)
    {
        var bytes = new byte[offsets.Count * sizeof(long)];
        for (var i = 0; i < offsets.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), offsets[i]);
        }

        return bytes;
    }

    public static long[] ReadOffsets(ReadOnlySpan<byte> bytes)
    {
        var offsets = new long[bytes.Length / sizeof(long)];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        }

        return offsets;
    }
}
