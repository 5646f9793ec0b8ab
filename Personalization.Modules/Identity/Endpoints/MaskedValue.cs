using System.Text;

namespace Personalization.Identity.Endpoints;

/// <summary>Enough of a personal value to recognise it by for somebody who knows it, and no more.</summary>
internal static class MaskedValue
{
    /// <summary><c>ann.long@shop.example</c> is <c>a***@s***.example</c>; of anything else the last two characters are left, if it has six.</summary>
    public static string Of(string value)
    {
        var at = value.LastIndexOf('@');
        if (at <= 0)
        {
            return value.Length < 6 ? "***" : "***" + value[^2..];
        }

        var dot = value.LastIndexOf('.');
        return $"{First(value)}***@{First(value[(at + 1)..])}***{(dot > at ? value[dot..] : "")}";
    }

    private static string First(string text) => Rune.TryGetRuneAt(text, 0, out var first) ? first.ToString() : "";
}
