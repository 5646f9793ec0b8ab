using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.Segments;
using Personalization.Identity.Contracts;
using Personalization.Tests.Support;
using Personalization.Tests.Tracking.Clock;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tests.Features.Segments;

/// <summary>An application whose clock moves by hand, spoken with over HTTP.</summary>
internal sealed class SegmentShop : IAsyncDisposable
{
    public const long Start = 1_790_000_000_000;

    /// <summary>A shop whose pipeline has failed would never settle.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;
    private readonly Action<IServiceCollection> _plant;
    private int _number;

    private SegmentShop(Action<IServiceCollection> plant, string[] arguments)
    {
        _plant = plant;
        _arguments = [ShopServer.WithoutTicks, "--Personalization:Tracking:Partitions=2", .. arguments];
    }

    public ManualClock Clock { get; } = new(Start);

    public ShopServer Shop { get; private set; } = null!;

    public SegmentRoster Roster => Shop.Services.GetRequiredService<SegmentRoster>();

    public static Task<SegmentShop> StartAsync(params string[] arguments) => StartWithAsync(_ => { }, arguments);

    public static async Task<SegmentShop> StartWithAsync(Action<IServiceCollection> plant, params string[] arguments)
    {
        var shop = new SegmentShop(plant, arguments);
        await shop.OpenAsync();
        return shop;
    }

    /// <summary>Defines a segment and waits until it is live, unless it has a live version already and is not told to take its place.</summary>
    public async Task<int> PutAsync(string id, object condition, bool activate = false)
    {
        var (status, answer) = await SendAsync(HttpMethod.Put, $"/v1/segments/{id}{(activate ? "?activate=true" : "")}", new { condition });
        if (status is not (HttpStatusCode.Created or HttpStatusCode.OK))
        {
            throw new InvalidOperationException($"{(int)status}: {answer}");
        }

        var version = answer.GetProperty("version").GetInt32();
        await UntilAsync(id, segment => segment.Live is not null && segment.Prepared.All(prepared => prepared.IsFilled));
        return version;
    }

    public async Task UntilAsync(string id, Func<Segment, bool> isSo)
    {
        for (var look = 0; look < 1_000; look++)
        {
            if (Roster.Set is var set && set.Find(id) is var number and >= 0 && isSo(set.Segments[number]))
            {
                return;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"The segment '{id}' did not become so.");
    }

    public Task ViewAsync(string shopper, string item = "p1", long? at = null) => TrackAsync(shopper, "Product Viewed", new { product_id = item }, at);

    /// <summary>Tracks an event now, or as if it had happened at a time, and waits until it is applied.</summary>
    public async Task TrackAsync(string shopper, string name, object? properties = null, long? at = null, object? context = null)
    {
        await Shop.TrackAsync("/v1/track", new
        {
            type = "track",
            @event = name,
            anonymousId = shopper,
            messageId = $"m{_number++}",
            timestamp = DateTimeOffset.FromUnixTimeMilliseconds(at ?? Clock.NowMs),
            sentAt = DateTimeOffset.FromUnixTimeMilliseconds(Clock.NowMs),
            properties = properties ?? new { },
            context = context ?? new { },
        });
        await SettleAsync();
    }

    public async Task IdentifyAsync(string user, string? shopper = null, object? traits = null)
    {
        await Shop.TrackAsync("/v1/identify", new { type = "identify", userId = user, anonymousId = shopper, messageId = $"m{_number++}", traits = traits ?? new { } });
        await SettleAsync();
    }

    public async Task SayConsentAsync(string shopper, bool profile) =>
        await TrackAsync(shopper, "Consent Updated", context: new { consent = new { categoryPreferences = new { profile, personalise = profile } } });

    /// <summary>Time passes and no event comes: what was due by then is treated, by a tick.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        while (await Shop.Services.GetRequiredService<ClockTicker>().LookAsync())
        {
            await SettleAsync();
        }

        await SettleAsync();
    }

    /// <summary>Imports one event of the past.</summary>
    public async Task ImportAsync(object told)
    {
        using var content = new StringContent(JsonSerializer.Serialize(told) + "\n", System.Text.Encoding.UTF8, "application/x-ndjson");
        using var response = await Shop.Server.PostAsync("/v1/import?id=past&source=shop", content);
        response.EnsureSuccessStatusCode();
        await SettleAsync();
    }

    public Task SettleAsync() => Shop.SettleAsync().WaitAsync(Patience);

    public int ProfileOf(string shopper) => Shop.Services.GetRequiredService<IProfileDirectory>() is var profiles
        && profiles.Find(default, shopper) is var found and >= 0 ? found : Shop.Services.GetRequiredService<IProfileDirectory>().Find(shopper, default);

    public bool IsIn(string segment, string shopper) => Roster.IsMember(Roster.Find(segment), ProfileOf(shopper));

    public async Task<IReadOnlyList<int>> MembersAsync(string segment) =>
        [.. (await GetAsync($"/v1/segments/{segment}/members")).GetProperty("members").EnumerateArray().Select(member => member.GetInt32())];

    /// <summary>Everything that the feed tells, oldest first, as <c>+vip 3 @60000 event</c>: when is counted from the start.</summary>
    public async Task<List<string>> ChangesAsync(string query = "") =>
        [.. (await AllChangesAsync(query)).Select(change =>
            $"{(change.GetProperty("isMember").GetBoolean() ? '+' : '-')}{change.GetProperty("segment").GetString()} {change.GetProperty("profileId").GetInt32()}"
            + $" @{change.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds() - Start} {change.GetProperty("cause").GetString()}")];

    public async Task<List<JsonElement>> AllChangesAsync(string query = "")
    {
        var changes = new List<JsonElement>();
        for (var after = ""; ;)
        {
            var answer = await GetAsync($"/v1/segments/changes?limit=3&after={after}&{query}");
            changes.AddRange(answer.GetProperty("changes").EnumerateArray());
            var next = answer.GetProperty("next").GetString()!;
            if (next == after)
            {
                return changes;
            }

            after = next;
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, answer) = await SendAsync(HttpMethod.Get, path);
        return status == HttpStatusCode.OK ? answer : throw new InvalidOperationException($"{path} answered {(int)status}: {answer}");
    }

    public async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : ShopServer.Json(body) };
        using var response = await Shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    /// <summary>Stops in order and starts on what is on disk; on the log alone if told so.</summary>
    public async Task RestartAsync(bool forget = false, params string[] arguments)
    {
        await Shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => forget && !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        await OpenAsync(arguments);
    }

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        _folder.Dispose();
    }

    private async Task OpenAsync(params string[] arguments) => Shop = await ShopServer.StartWithAsync(
        _folder.Path,
        services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            _plant(services);
        },
        [.. _arguments, .. arguments]).WaitAsync(Patience);
}
