namespace Personalization.Host.Demo;

/// <summary>What the demo runs with: the command line, and whatever the configuration already says.</summary>
internal sealed record DemoSettings
{
    /// <summary>Documented and known to everybody; used only with <c>--demo</c>, and only when no key is configured.</summary>
    public const string DefaultWriteKey = "demo-write-key";

    /// <inheritdoc cref="DefaultWriteKey"/>
    public const string DefaultServerKey = "demo-server-key";

    /// <summary>Where appsettings.json puts a real shop; the demo never goes there, but to a directory of its own beneath it.</summary>
    private const string ShopsDirectory = "data";

    /// <summary><c>--demo-seed</c>, default 1. The same seed gives the same shop and the same shoppers.</summary>
    public required int Seed { get; init; }

    /// <summary><c>--demo-rate</c>: events per second of the live shoppers, 0 to 2,000; default 75, a busy shop. 0 leaves the shop to you.</summary>
    public required double EventsPerSecond { get; init; }

    /// <summary><c>--demo-history</c>: events before the first start, 0 to 1,000,000; default 30,000, which is learnt in seconds.</summary>
    public required int HistoryEvents { get; init; }

    public required string WriteKey { get; init; }

    public required string ServerKey { get; init; }

    /// <summary>As configured; <c>data/demo</c>, or <c>data/demo-N</c> for another seed, when it is not.</summary>
    public required string DataDirectory { get; init; }

    /// <exception cref="ArgumentException">A number that is none, or is out of range; the message names the option.</exception>
    public static DemoSettings Read(IConfiguration configuration)
    {
        var seed = (int)Number(configuration, "demo-seed", 1, int.MaxValue);
        return new DemoSettings
        {
            Seed = seed,
            EventsPerSecond = Number(configuration, "demo-rate", 75, 2_000),
            HistoryEvents = (int)Number(configuration, "demo-history", 30_000, 1_000_000),
            WriteKey = configuration["Personalization:Tracking:Sources:0:WriteKey"] ?? DefaultWriteKey,
            ServerKey = configuration["Personalization:ServerKeys:0"] ?? configuration["Personalization:ServerKeys:0:Key"] ?? DefaultServerKey,
            DataDirectory = configuration["Personalization:DataDirectory"] is { Length: > 0 } chosen and not ShopsDirectory
                ? chosen
                : seed == 1 ? "data/demo" : $"data/demo-{seed}",
        };
    }

    /// <summary>Setting these again changes nothing that was configured.</summary>
    public IEnumerable<KeyValuePair<string, string?>> ToConfiguration(IConfiguration configuration)
    {
        yield return new("Personalization:DataDirectory", DataDirectory);
        yield return new("Personalization:ServerKeys:0", ServerKey);
        yield return new("Personalization:Tracking:Sources:0:WriteKey", WriteKey);
        yield return new("Personalization:Tracking:Sources:0:Name", configuration["Personalization:Tracking:Sources:0:Name"] ?? "demo");
    }

    private static double Number(IConfiguration configuration, string name, double fallback, double highest)
    {
        if (configuration[name] is not { } text)
        {
            return fallback;
        }

        return double.TryParse(text, out var number) && number >= 0 && number <= highest
            ? number
            : throw new ArgumentException($"--{name} must be a number from 0 to {highest}, but is '{text}'.");
    }
}
