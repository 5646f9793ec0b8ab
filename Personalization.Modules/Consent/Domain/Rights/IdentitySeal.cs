using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Domain.Rights;

/// <summary>
/// Keeps what requests say of people out of their file: identities are encrypted while a request is open, and hashed for good. The secret
/// lies in a file of its own, which no backup of the databases holds.
/// </summary>
internal sealed class IdentitySeal
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly byte[] _sealKey;
    private readonly byte[] _hashKey;

    /// <param name="secret">32 bytes.</param>
    public IdentitySeal(byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, 32);
        _sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "rights/seal"u8.ToArray());
        _hashKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "rights/subject-hash"u8.ToArray());
    }

    public byte[] Seal(ReadOnlySpan<byte> open)
    {
        var box = new byte[NonceBytes + open.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_sealKey, TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), open, box.AsSpan(NonceBytes, open.Length), box.AsSpan(NonceBytes + open.Length));
        return box;
    }

    /// <exception cref="CryptographicException">It was sealed with another secret, or changed since.</exception>
    public byte[] Open(byte[] box)
    {
        if (box.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("What is sealed is too short.");
        }

        var open = new byte[box.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_sealKey, TagBytes);
        aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, open.Length), box.AsSpan(NonceBytes + open.Length), open);
        return open;
    }

    public byte[] Seal(IReadOnlyList<SubjectIdentity> identities) => Seal(JsonSerializer.SerializeToUtf8Bytes(identities));

    public IReadOnlyList<SubjectIdentity> OpenIdentities(byte[]? box) =>
        box is null ? [] : JsonSerializer.Deserialize<List<SubjectIdentity>>(Open(box)) ?? [];

    /// <summary>Hash of bytes by which a repetition is known, and nothing else.</summary>
    public byte[] HashOf(ReadOnlySpan<byte> bytes) => HMACSHA256.HashData(_hashKey, bytes);

    /// <summary>Hashes of a person's identifiers, and of their profile numbers for somebody who has none left, sorted.</summary>
    public IReadOnlyList<string> HashesOf(ErasureSubject subject) =>
        [.. subject.IdentifierKeys.Select(key => key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture))
            .Concat(subject.ProfileIds.Select(profile => $"profile:{profile}"))
            .Select(name => Convert.ToHexStringLower(HashOf(Encoding.UTF8.GetBytes(name))))
            .Order(StringComparer.Ordinal)];
}
