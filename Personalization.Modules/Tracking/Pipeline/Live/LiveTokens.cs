using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>
/// Short-lived tokens for browsers, whose EventSource cannot send a header: they stand in addresses, and so in the logs of
/// proxies. Only their hashes are kept, in memory; what an attacker can measure of looking one up says nothing of the token. Thread-safe.
/// </summary>
internal sealed class LiveTokens(IOptions<LiveOptions> options, TimeProvider time)
{
    private const int MaxTokens = 1_000;
    private const int TokenBytes = 32;
    private const int MaxLength = 128;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _expiries = new(StringComparer.Ordinal);

    /// <summary>A new token; null when too many are good at a time.</summary>
    public (string Token, DateTimeOffset ExpiresAt)? Issue()
    {
        var now = time.GetUtcNow();
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        var expiresAt = now.AddMinutes(options.Value.TokenMinutes);
        lock (_gate)
        {
            foreach (var expired in _expiries.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToList())
            {
                _expiries.Remove(expired);
            }

            if (_expiries.Count >= MaxTokens)
            {
                return null;
            }

            _expiries.Add(HashOf(token), expiresAt);
        }

        return (token, expiresAt);
    }

    public bool IsGood(string token)
    {
        if (token.Length is 0 or > MaxLength)
        {
            return false;
        }

        lock (_gate)
        {
            return _expiries.TryGetValue(HashOf(token), out var expiresAt) && time.GetUtcNow() < expiresAt;
        }
    }

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
