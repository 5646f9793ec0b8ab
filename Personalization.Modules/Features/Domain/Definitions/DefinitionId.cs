using System.Buffers;

namespace Personalization.Features.Domain.Definitions;

/// <summary>How definitions are called.</summary>
internal static class DefinitionId
{
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>1 to 64 of a-z, 0-9, '-' and '_': it stands in addresses, files and audit entries as it is.</summary>
    public static bool IsValid(string id) =>
        id.Length is > 0 and <= MaxLength && id.AsSpan().IndexOfAnyExcept(Allowed) < 0;
}
