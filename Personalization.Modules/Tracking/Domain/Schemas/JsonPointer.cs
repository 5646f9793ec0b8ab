using System.Text;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>JSON pointers (RFC 6901).</summary>
internal static class JsonPointer
{
    public static string Append(string pointer, string token) =>
        pointer + "/" + (token.AsSpan().ContainsAny('~', '/') ? token.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal) : token);

    public static string Append(string pointer, int index) => $"{pointer}/{index}";

    /// <summary>The tokens of a pointer that begins with a slash or is empty.</summary>
    public static string[] Tokens(string pointer) =>
        pointer.Length == 0
            ? []
            : pointer[1..].Split('/').Select(token => token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();

    /// <summary>The pointer without its last token; null for the whole document.</summary>
    public static string? Parent(string pointer) => pointer.Length == 0 ? null : pointer[..pointer.LastIndexOf('/')];

    /// <summary>The last token as it was before escaping.</summary>
    public static string LastToken(string pointer) => Tokens(pointer)[^1];

    /// <summary>Writes a token of bytes that are UTF-8.</summary>
    public static void AppendTo(StringBuilder pointer, ReadOnlySpan<byte> token) =>
        pointer.Append('/').Append(Encoding.UTF8.GetString(token).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
}
