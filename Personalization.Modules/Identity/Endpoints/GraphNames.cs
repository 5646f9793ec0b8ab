using System.Text.Json;

namespace Personalization.Identity.Endpoints;

/// <summary>How the graph's words look in JSON.</summary>
internal static class GraphNames
{
    /// <summary><c>UserSwitch</c> is <c>user_switch</c>.</summary>
    public static string Of<TRule>(TRule rule)
        where TRule : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(rule.ToString());

    /// <summary>A keyed hash: 32 hexadecimal digits.</summary>
    public static string Of(UInt128 key) => key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
