namespace Personalization.Kernel.Hashing;

/// <summary>
/// Turns identifiers into 128-bit keys with the installation's own secret, so that stores and maps hold no raw identifier
/// and nobody outside can craft two that collide.
/// </summary>
public sealed class KeyHasher
{
    private readonly ulong _k0;
    private readonly ulong _k1;

    /// <param name="secret">16 bytes, made once per installation and kept with the log.</param>
    public KeyHasher(ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, 16);
        _k0 = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(secret);
        _k1 = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(secret[8..]);
    }

    /// <summary>A 256-bit key of its own for one purpose, made with the secret (HKDF-SHA256), so that no two purposes share one.</summary>
    public byte[] DeriveKey(string purpose)
    {
        Span<byte> secret = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(secret, _k0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(secret[8..], _k1);
        var key = new byte[32];
        System.Security.Cryptography.HKDF.DeriveKey(
            System.Security.Cryptography.HashAlgorithmName.SHA256, secret, key, salt: [], System.Text.Encoding.UTF8.GetBytes(purpose));
        return key;
    }

    /// <summary>
    /// The key of a value in a name space, for example anonymous ids. Never 0, which means "absent". About 50 ns for 36 bytes.
    /// </summary>
    public UInt128 Hash(KeySpace space, ReadOnlySpan<byte> value)
    {
        var hash = SipHash128.Hash(_k0 ^ ((ulong)space * 0x9E3779B97F4A7C15), _k1, value);
        return hash == default ? UInt128.One : hash;
    }
}

/// <summary>Name spaces of keys; equal texts in different spaces are different things.</summary>
public readonly record struct KeySpace(ulong Value)
{
    public static readonly KeySpace AnonymousId = new(1);
    public static readonly KeySpace UserId = new(2);
    public static readonly KeySpace Session = new(3);
    public static readonly KeySpace Item = new(4);
    public static readonly KeySpace Term = new(5);
    public static readonly KeySpace Email = new(6);
    public static readonly KeySpace Phone = new(7);
    public static readonly KeySpace DeviceId = new(8);
    public static readonly KeySpace AdvertisingId = new(9);

    /// <summary>What is no identifier, and only makes it likelier that two devices are one person's.</summary>
    public static readonly KeySpace Network = new(10);
    public static readonly KeySpace Agent = new(11);
    public static readonly KeySpace Address = new(12);

    /// <summary>Names that a shop's own pages and systems give to events, and to what they say of people.</summary>
    public static readonly KeySpace EventName = new(20);
    public static readonly KeySpace TraitName = new(21);

    /// <summary>Values that are only told apart, such as those of a distinct count.</summary>
    public static readonly KeySpace FeatureValue = new(30);

    /// <summary>Refused lines of imports: what they say, and where they stand.</summary>
    public static readonly KeySpace ImportLine = new(31);

    /// <summary>Message ids are unique per source.</summary>
    public static KeySpace MessageOf(ushort sourceId) => new(0x10000UL + sourceId);

    /// <summary>External ids of a declared kind: by its name, so that a kind keeps its keys whatever else is declared.</summary>
    public static KeySpace ExternalOf(string kind)
    {
        // FNV-1a: the same in every process, which string.GetHashCode is not.
        var hash = 14695981039346656037UL;
        foreach (var character in kind)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        return new(hash | (1UL << 63));
    }

    public static explicit operator ulong(KeySpace space) => space.Value;
}
