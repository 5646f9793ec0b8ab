using System.Text;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>
/// Version numbers as texts that compare in their order: numbers padded, what is built upon left out, a release behind its previews
/// (GrowthBook's rule, a simpler one than Semantic Versioning's).
/// </summary>
internal static class PaddedVersion
{
    private const int Width = 5;

    public static string Of(string version)
    {
        var text = version.StartsWith('v') ? version.AsSpan(1) : version;
        var plus = text.IndexOf('+');
        var parts = (plus < 0 ? text : text[..plus]).ToString().Split('-', '.');
        var padded = new StringBuilder();
        foreach (var part in parts)
        {
            padded.Append(IsNumber(part) ? part.PadLeft(Width) : part).Append('-');
        }

        // A tilde sorts behind every preview: 1.0.0 is newer than 1.0.0-beta.
        return parts.Length == 3 ? padded.Append('~').ToString() : padded.ToString(0, Math.Max(0, padded.Length - 1));
    }

    private static bool IsNumber(string part) => part.Length > 0 && part.All(char.IsAsciiDigit);
}
