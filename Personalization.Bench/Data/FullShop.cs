using System.Net;
using System.Text;
using Personalization.Bench.Events;
using Personalization.Bench.Servers;
using Personalization.Decisioning.Contracts;

namespace Personalization.Bench.Data;

/// <summary>A shop of 100,000 items with everything on: what a placement can be told is in its settings, rules and experiments are put over REST.</summary>
internal static class FullShop
{
    public const int Items = 100_000;
    private const int Shoppers = 10_000;
    private const int Clicks = 120_000;
    private const int Rules = 20;
    private const string Placement = "Personalization:Decisioning:Placements:for-you:";

    /// <summary>A ranker that learns and explores over the models, diversity, and every decision in the log.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        new(Placement + "Ranker", "Online"),
        new(Placement + "Diversity", "0.1"),
        new("Personalization:Decisioning:Log:MaxPerSecond", "100000"),
    ];

    /// <summary>Shoppers with a past, asked about by their ids; every answer says why.</summary>
    public static IEnumerable<byte[]> OverHttp() =>
        Enumerable.Range(0, 2_000).Select(shopper => HttpRequests.Get($"/v1/recommendations/for-you?anonymousId={Names.Shopper(shopper)}&limit={Questions.Limit}&explain=true"));

    public static IEnumerable<RecommendationRequest> InProcess() => Enumerable.Range(0, 2_000).Select(shopper => new RecommendationRequest
    {
        Placement = "for-you",
        AnonymousId = Names.Shopper(shopper),
        Limit = Questions.Limit,
        Explain = true,
    });

    /// <summary>Fills catalogue and sessions, and switches on what the server has.</summary>
    /// <returns>What is on, for the conditions.</returns>
    public static async Task<string> FillAsync(ControlClient server, CancellationToken cancellationToken)
    {
        await BenchCatalog.PutAsync(server, Items, cancellationToken);
        await Teacher.TeachAsync(server, new ClickSet("full", [.. Sessions()], []), cancellationToken);
        var rules = await PutRulesAsync(server, cancellationToken);
        return $"{Items} items, {Shoppers} shoppers, online ranker over the plan's models, diversity, explanations, decision log, {rules}";
    }

    private static IEnumerable<ClickSession> Sessions()
    {
        var (mix, state) = (new ZipfMix(Items, Shoppers), 17UL);
        var items = new List<string>[Shoppers];
        for (var i = 0; i < Clicks; i++)
        {
            mix.Next(ref state, out var shopper, out var item);
            (items[shopper] ??= []).Add(Names.Item(item));
        }

        var startMs = Now().AddHours(-1).ToUnixTimeMilliseconds();
        for (var shopper = 0; shopper < Shoppers; shopper++)
        {
            if (items[shopper] is { } clicked)
            {
                var number = shopper;
                yield return new ClickSession(Names.Shopper(shopper), [.. clicked], [.. clicked.Select((_, i) => startMs + (i * 1_000L) + number % 1_000)]);
            }
        }
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static async Task<string> PutRulesAsync(ControlClient server, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < Rules; i++)
            {
                await server.SendJsonAsync(HttpMethod.Put, $"/v1/rules/bench-{i}", Encoding.UTF8.GetBytes(RuleOf(i)), cancellationToken);
                await server.SendJsonAsync(HttpMethod.Post, $"/v1/rules/bench-{i}/activate", [], cancellationToken);
            }

            return $"{Rules} rules";
        }
        catch (HttpRequestException error) when (error.StatusCode == HttpStatusCode.NotFound)
        {
            return "no rules (this server has none)";
        }
    }

    /// <summary>Boosts, burials, exclusions, a pin, and limits by brand, some of them for shoppers who did something.</summary>
    private static string RuleOf(int i) => (i % 5) switch
    {
        0 => $$"""{"action":"boost","factor":1.2,"items":{"item":"brand","op":"eq","value":"Brand {{i % 12}}"} }""",
        1 => $$"""{"action":"bury","factor":0.8,"items":{"item":"category","op":"eq","value":"Category {{i % 16}}"},"when":{"event":"Product Viewed","within":"1d","count":{"op":"gte","value":1} } }""",
        2 => $$"""{"action":"exclude","items":{"item":"id","op":"eq","value":"{{Names.Item(50_000 + i)}}"} }""",
        3 => $$"""{"action":"pin","item":"{{Names.Item(60_000 + i)}}","place":{{i}},"when":{"event":"Never Sent","within":"1d","count":{"op":"gte","value":1} } }""",
        _ => """{"action":"diversify","by":"brand","atMost":4,"inFirst":20}""",
    };
}
