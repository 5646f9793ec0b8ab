using System.Globalization;
using System.Net;
using System.Text.Json;
using Personalization.Tests.Support;

namespace Personalization.Tests.Clients;

/// <summary>What the tests of real clients share: the day they live through, and what arrived of them.</summary>
internal static class LiveClients
{
    /// <summary>Settings of the host for clients that name themselves otherwise than by a write key.</summary>
    public static readonly string[] Sources = ["--Personalization:Tracking:Sources:0:AppIds:0=live-shop"];

    /// <summary>PostHog's browser client drops what is answered 429, so that it meets another fault there.</summary>
    public static Fault BadDay(int request, string path) => (request % 12) switch
    {
        2 when path != "/e/" => Fault.TooManyRequests,
        2 => Fault.ServerError,
        5 => Fault.ServerError,
        7 => Fault.LostAcknowledgement,
        10 => Fault.ResetBefore,
        _ => Fault.None,
    };

    public static string Shopper(string client) => $"shopper-of-{client}";

    /// <summary>Numbers of the client's events, as the log has them.</summary>
    public static async Task<List<int>> NumbersAsync(HttpClient server, string client)
    {
        using var found = await server.GetAsync($"/v1/profiles/lookup?userId={Shopper(client)}");
        if (found.StatusCode == HttpStatusCode.NotFound)
        {
            return [];
        }

        var profile = JsonElement.Parse(await found.Content.ReadAsStringAsync()).GetProperty("profileId").GetInt32();
        var events = JsonElement.Parse(await server.GetStringAsync($"/v1/profiles/{profile}/events?limit=1000"));
        return events.EnumerateArray()
            .Select(entry => NumberOf(entry.GetProperty("event")))
            .Where(number => number >= 0)
            .Order()
            .ToList();
    }

    /// <summary>Waits until all numbers from 0 arrived, and returns those that did not.</summary>
    public static async Task<IReadOnlyList<int>> MissingAsync(HostProcess host, string client, int events, TimeSpan patience)
    {
        using var server = host.AsServer();
        using var waited = new CancellationTokenSource(patience);
        while (true)
        {
            var missing = Enumerable.Range(0, events).Except(await NumbersAsync(server, client)).ToList();
            if (missing.Count == 0 || waited.IsCancellationRequested)
            {
                return missing;
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Our own number, or the value of Snowplow's structured event; -1 for what the clients send of themselves.</summary>
    private static int NumberOf(JsonElement sent)
    {
        if (!sent.TryGetProperty("properties", out var properties))
        {
            return -1;
        }

        return properties.TryGetProperty("n", out var number) ? number.GetInt32()
            : properties.TryGetProperty("se_value", out var value) ? int.Parse(value.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
            : -1;
    }
}
