using System.Text;
using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>A ledger's entry as a row: a version, fixed fields, texts with their lengths, vendor ids as differences.</summary>
internal static class LedgerEntryCodec
{
    private const byte Version = 1;
    private const int HashBytes = 32;

    public static byte[] Write(LedgerEntry entry)
    {
        using var buffer = new MemoryStream(128);
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(entry.Offset);
        writer.Write(entry.TimestampMs);
        writer.Write(entry.ExpiresAtMs);
        writer.Write((byte)entry.Form);
        writer.Write((byte)entry.Stated);
        writer.Write((byte)entry.Granted);
        writer.Write((byte)entry.Basis);
        writer.Write((byte)entry.NonProfiling);
        writer.Write(entry.HasGpc);
        writer.Write(entry.EvidenceSha256.Span);
        writer.Write(entry.Source);
        writer.Write(entry.PolicyVersion);
        writer.Write(entry.Jurisdiction);
        writer.Write7BitEncodedInt(entry.VendorCount);
        writer.Write7BitEncodedInt(entry.VendorIds.Count);
        var before = 0;
        foreach (var id in entry.VendorIds)
        {
            writer.Write7BitEncodedInt(id - before);
            before = id;
        }

        writer.Flush();
        return buffer.ToArray();
    }

    /// <exception cref="InvalidDataException">The row is of a later version.</exception>
    public static LedgerEntry Read(byte[] row)
    {
        using var reader = new BinaryReader(new MemoryStream(row, writable: false), Encoding.UTF8);
        if (reader.ReadByte() is var version && version != Version)
        {
            throw new InvalidDataException($"A row of the consent ledger has version {version}; this program reads {Version}.");
        }

        var entry = new LedgerEntry { Offset = reader.ReadInt64(), TimestampMs = reader.ReadInt64() };
        entry = entry with
        {
            ExpiresAtMs = reader.ReadInt64(),
            Form = (StatementForm)reader.ReadByte(),
            Stated = (Purposes)reader.ReadByte(),
            Granted = (Purposes)reader.ReadByte(),
            Basis = (LawfulBasis)reader.ReadByte(),
            NonProfiling = (ConsentDetails.Choice)reader.ReadByte(),
            HasGpc = reader.ReadBoolean(),
            EvidenceSha256 = reader.ReadBytes(HashBytes),
            Source = reader.ReadString(),
            PolicyVersion = reader.ReadString(),
            Jurisdiction = reader.ReadString(),
            VendorCount = reader.Read7BitEncodedInt(),
        };
        return entry with { VendorIds = ReadVendors(reader) };
    }

    private static int[] ReadVendors(BinaryReader reader)
    {
        var ids = new int[Math.Clamp(reader.Read7BitEncodedInt(), 0, LedgerEntry.MaxVendorIds)];
        var before = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = before += reader.Read7BitEncodedInt();
        }

        return ids;
    }
}
