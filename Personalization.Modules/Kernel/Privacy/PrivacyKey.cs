using System.Security.Cryptography;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// The secret under which erased people are remembered: 32 bytes in a file of its own, made on the first start, readable by the
/// process's user alone. Whoever has the list without it can neither read nor test it.
/// </summary>
internal sealed class PrivacyKey
{
    private const int Bytes = 32;
    private readonly byte[] _key;

    public PrivacyKey(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        _key = File.ReadAllBytes(path);
        if (_key.Length != Bytes)
        {
            throw new InvalidDataException($"The key of the suppression list at {path} has {_key.Length} bytes instead of {Bytes}: it is damaged, and erased people could not be recognised.");
        }
    }

    public static string PathIn(DataDirectory directory) => Path.Combine(directory.Path, "privacy.key");

    /// <summary>What tells this key from any other without telling the key.</summary>
    public byte[] Proof() => HMACSHA256.HashData(_key, "personalization suppression list"u8);

    /// <summary>128 bits of HMAC-SHA-256 of an identifier's keyed hash. Allocates nothing; thread-safe.</summary>
    public UInt128 Hash(UInt128 identifier)
    {
        Span<byte> source = stackalloc byte[16];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(source, identifier);
        HMACSHA256.HashData(_key, source, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static void Create(string path)
    {
        // Written beside and moved, so that a crash leaves no half a key.
        var fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(fresh, options))
        {
            file.Write(RandomNumberGenerator.GetBytes(Bytes));
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path);
    }
}
