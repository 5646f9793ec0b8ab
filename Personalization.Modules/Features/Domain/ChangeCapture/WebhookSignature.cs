using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// Signatures of the Standard Webhooks specification (standardwebhooks.com): <c>v1,</c> and HMAC-SHA-256, in base64, of the message's id, its
/// time and the body with points between them.
/// </summary>
internal static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";
    private const int MaxAgeSeconds = 300;

    /// <summary>The key of a secret, or null when it is none.</summary>
    public static byte[]? KeyOf(string secret)
    {
        var base64 = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[64];
        return Convert.TryFromBase64String(base64, key, out var length) && length >= 24 ? key[..length] : null;
    }

    /// <summary>Whether one of the signatures, which a space separates, is of one of the keys. Compared in constant time.</summary>
    /// <param name="keys">Keys that are trusted.</param>
    /// <param name="id">Header <c>webhook-id</c>.</param>
    /// <param name="timestamp">Header <c>webhook-timestamp</c>, Unix seconds: more than five minutes from now is refused, as a repetition.</param>
    /// <param name="signatures">Header <c>webhook-signature</c>.</param>
    /// <param name="body">As it was sent.</param>
    /// <param name="now">Our clock.</param>
    public static bool IsValid(
        IReadOnlyList<byte[]> keys, string id, string timestamp, string signatures, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ||
            Int128.Abs((Int128)now.ToUnixTimeSeconds() - seconds) > MaxAgeSeconds)
        {
            return false;
        }

        var isValid = false;
        foreach (var key in keys)
        {
            var expected = Sign(key, id, timestamp, body);
            foreach (var signature in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                isValid |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected);
            }
        }

        return isValid;
    }

    /// <summary>The signature with its version, UTF-8.</summary>
    public static byte[] Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        return Encoding.UTF8.GetBytes(Version + Convert.ToBase64String(hmac.GetHashAndReset()));
    }
}
