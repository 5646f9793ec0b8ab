using System.Text;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Bandits;

/// <summary>One feature by the hash of its name and value.</summary>
internal readonly record struct HashedFeature(uint Hash, float Value);

/// <summary>
/// Features as Personalizer's clients send them: a list of objects, nested as they like. A number is a feature of its size, a text or true one of
/// its own, a list one for each element; false, null and empty are none. Only hashes are kept: 32 bits of FNV-1a, the same in every process.
/// </summary>
internal static class FeatureHashes
{
    private const int MaxDepth = 8;
    private const float Largest = 1e6f;

    /// <summary>False when there are more than <paramref name="most"/>, or they are nested too deeply.</summary>
    public static bool TryRead(JsonElement objects, int most, List<HashedFeature> into) => TryRead(objects, 2_166_136_261, MaxDepth, most, into);

    public static uint Hash(uint seed, ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[256];
        while (!text.IsEmpty)
        {
            var part = text[..Math.Min(text.Length, 64)];
            seed = Hash(seed, utf8[..Encoding.UTF8.GetBytes(part, utf8)]);
            text = text[part.Length..];
        }

        return Hash(seed, "\0"u8);
    }

    private static uint Hash(uint seed, ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
        {
            seed = (seed ^ one) * 16_777_619;
        }

        return seed;
    }

    private static bool TryRead(JsonElement value, uint seed, int depth, int most, List<HashedFeature> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    if (depth == 0 || !TryRead(property.Value, Hash(seed, property.Name), depth - 1, most, into))
                    {
                        return false;
                    }
                }

                return true;
            case JsonValueKind.Array:
                foreach (var element in value.EnumerateArray())
                {
                    if (depth == 0 || !TryRead(element, seed, depth - 1, most, into))
                    {
                        return false;
                    }
                }

                return true;
            case JsonValueKind.String when value.GetString() is { Length: > 0 } text:
                into.Add(new HashedFeature(Hash(seed, text), 1));
                break;
            case JsonValueKind.True:
                into.Add(new HashedFeature(Hash(seed, "true"), 1));
                break;
            case JsonValueKind.Number when value.TryGetSingle(out var number) && number != 0:
                into.Add(new HashedFeature(Hash(seed, "#"), Math.Clamp(number, -Largest, Largest)));
                break;
        }

        return into.Count <= most;
    }
}
