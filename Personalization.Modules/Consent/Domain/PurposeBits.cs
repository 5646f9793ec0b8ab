using System.Numerics;
using System.Text.Json;
using Personalization.Consent.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>Purposes as places in small arrays and as words in JSON.</summary>
internal static class PurposeBits
{
    public const int Count = 6;

    public static IReadOnlyList<Purposes> Each { get; } = [.. Enumerable.Range(0, Count).Select(index => (Purposes)(1 << index))];

    /// <summary>As JSON and metrics name them: collect, profile, personalise, measure, activate, train.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Each.Select(purpose => JsonNamingPolicy.CamelCase.ConvertName(purpose.ToString()))];

    /// <summary>Place of one purpose.</summary>
    public static int IndexOf(Purposes purpose) => BitOperations.TrailingZeroCount((uint)purpose);

    public static IEnumerable<int> Indexes(byte purposes) => Enumerable.Range(0, Count).Where(index => (purposes & (1 << index)) != 0);
}
