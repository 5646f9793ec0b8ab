using Personalization.Bench.Events;

namespace Personalization.Bench.Servers;

/// <summary>The product's configuration for all measurements: one source, and consent granted where an event does not say.</summary>
internal static class ProductSettings
{
    /// <summary>Write keys of further sources, for loads of several.</summary>
    public static readonly string[] OtherSources = ["bench-busy", "bench-modest", "bench-bulk", "bench-critical"];

    private static readonly string[] Granted = ["Profile", "Personalise", "Measure", "Train"];

    /// <summary>Keeps an embedded host's log out of the figures on standard output.</summary>
    public static KeyValuePair<string, string?> LogToStandardError => new("Serilog:WriteTo:0:Args:standardErrorFromLevel", "Verbose");

    public static IEnumerable<KeyValuePair<string, string?>> For(string dataDirectory)
    {
        yield return new("Personalization:DataDirectory", dataDirectory);
        yield return new("Personalization:Tracking:Sources:0:Name", "bench");
        yield return new("Personalization:Tracking:Sources:0:WriteKey", HttpRequests.WriteKey);
        for (var i = 0; i < OtherSources.Length; i++)
        {
            yield return new($"Personalization:Tracking:Sources:{i + 1}:Name", OtherSources[i]);
            yield return new($"Personalization:Tracking:Sources:{i + 1}:WriteKey", OtherSources[i]);
        }

        yield return new("Personalization:ServerKeys:0", HttpRequests.ServerKey);
        for (var i = 0; i < Granted.Length; i++)
        {
            yield return new($"Personalization:Consent:DefaultGranted:{i}", Granted[i]);
        }
    }
}
