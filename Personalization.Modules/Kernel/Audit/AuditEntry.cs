using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Kernel.Audit;

/// <summary>
/// One link of the chain. Its hash is SHA-256 over: the hash before it (32 bytes), sequence and time in ms (8 bytes each, little-endian), then
/// action, actor, subject and detail, each as its length in UTF-8 bytes (4 bytes, little-endian, -1 for none) and the bytes.
/// The lengths keep a text from moving from one field to the next unseen.
/// </summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="TimeMs">Unix ms.</param>
/// <param name="Record">What was done.</param>
/// <param name="PreviousHash">The hash of the entry before; 32 zeros for the first.</param>
/// <param name="Hash">32 bytes.</param>
internal sealed record AuditEntry(long Sequence, long TimeMs, AuditRecord Record, byte[] PreviousHash, byte[] Hash)
{
    public const int HashBytes = SHA256.HashSizeInBytes;

    public AuditHead Head => new(Sequence, Convert.ToHexStringLower(Hash));

    public static AuditEntry After(AuditHead previous, long sequence, long timeMs, AuditRecord record)
    {
        var before = Convert.FromHexString(previous.Hash);
        return new AuditEntry(sequence, timeMs, record, before, HashOf(before, sequence, timeMs, record));
    }

    /// <summary>What the hash must be, whatever is stored as such.</summary>
    public byte[] ComputeHash() => HashOf(PreviousHash, Sequence, TimeMs, Record);

    private static byte[] HashOf(byte[] previous, long sequence, long timeMs, AuditRecord record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(long)];
        hash.AppendData(previous);
        BinaryPrimitives.WriteInt64LittleEndian(number, sequence);
        hash.AppendData(number);
        BinaryPrimitives.WriteInt64LittleEndian(number, timeMs);
        hash.AppendData(number);
        Append(hash, record.Action);
        Append(hash, record.Actor);
        Append(hash, record.Subject);
        Append(hash, record.Detail);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        var utf8 = text is null ? null : Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8?.Length ?? -1);
        hash.AppendData(length);
        hash.AppendData(utf8 ?? []);
    }
}
