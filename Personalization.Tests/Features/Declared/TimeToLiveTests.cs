using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Expiry;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Features.Segments;

namespace Personalization.Tests.Features.Declared;

/// <summary>What is kept for a time only: read until then, and freed after it, by the log's clock.</summary>
[Parallelizable]
internal sealed class TimeToLiveTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromHours(1);
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly object Views = new { aggregate = "count", events = new[] { "Product Viewed" }, window = "lifetime", ttl = "1h", lateness = "10m" };
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop() => _shop = await SegmentShop.StartAsync();

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    [Test]
    public async Task Segments_are_left_to_the_millisecond_and_the_storage_is_freed_when_nothing_can_come_late_any_more()
    {
        await DeclareAsync("looks", Views);
        await _shop.PutAsync("keen", new { feature = "looks", op = "gte", value = 2 });
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("a");
        var profile = _shop.ProfileOf("a");

        await _shop.PassAsync(Ttl - Instant);
        Assert.That(_shop.IsIn("keen", "a"));
        await _shop.PassAsync(Instant);
        Assert.That(_shop.IsIn("keen", "a"), Is.False);
        Assert.That((await ReadAsync("a"), States.Digest(FeatureKey.Profile, profile).Length > 0), Is.EqualTo((0, true)), "it is read as if there were none");
        await _shop.ViewAsync("a", at: SegmentShop.Start + (long)Ttl.TotalMilliseconds - 1);
        Assert.That(await ReadAsync("a"), Is.EqualTo(3), "what comes late joins what was");

        await _shop.PassAsync(Ttl + Lateness - (2 * Instant));
        Assert.That(States.Digest(FeatureKey.Profile, profile), Is.Not.Empty);
        await _shop.PassAsync(Instant);
        Assert.That((States.Digest(FeatureKey.Profile, profile).Length, States.Bytes, Expiry.Count), Is.EqualTo((0, 0L, 0L)));
        await _shop.ViewAsync("a");
        Assert.That(await ReadAsync("a"), Is.EqualTo(1), "it begins anew");
        var version = (await _shop.GetAsync("/v1/features/looks")).GetProperty("status").GetProperty("versions")[0];
        Assert.That(version.GetProperty("freed").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public async Task When_the_clock_leaps_everything_happens_as_of_its_time_and_a_replay_comes_to_the_same()
    {
        await DeclareAsync("looks", Views);
        await _shop.PutAsync("keen", new { feature = "looks", op = "gte", value = 1 });
        await _shop.PutAsync("rich", new { trait = "income", op = "eq", value = "high" });
        await _shop.PutAsync("quiet", new { all = new object[] { new { trait = "income", op = "eq", value = "high" }, new { none = new[] { new { @event = "Product Viewed", within = "1h" } } } } });
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("b");
        await ImportTraitsAsync("a");
        await ImportTraitsAsync("c");
        await _shop.IdentifyAsync("user-c", "c", new { plan = "gold" });
        await _shop.PassAsync(TimeSpan.FromMinutes(30));
        await _shop.ViewAsync("b");
        await _shop.ViewAsync("d");
        var (a, b, c) = (_shop.ProfileOf("a"), _shop.ProfileOf("b"), _shop.ProfileOf("c"));
        await LeaveMemoryAsync();

        await _shop.PassAsync(TimeSpan.FromDays(40));

        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[]
        {
            $"-keen {a} @{Ttl.TotalMilliseconds} time",
            $"-keen {b} @{Ttl.TotalMilliseconds * 1.5} time",
            $"+quiet {a} @{Ttl.TotalMilliseconds} time",
            $"-quiet {a} @{TimeSpan.FromDays(1).TotalMilliseconds} time",
            $"-rich {a} @{TimeSpan.FromDays(1).TotalMilliseconds} time",
            $"-rich {c} @{TimeSpan.FromDays(1).TotalMilliseconds} time",
        }));
        Assert.That((Expiry.Count, Traits.Digest(a).Length, States.Digest(FeatureKey.Profile, b).Length), Is.EqualTo((0L, 0, 0)), "nothing of it is left, on disk neither");
        Assert.That(Traits.Digest(c), Is.Not.Empty, "what the shop says itself stays");
        await _shop.ViewAsync("b");
        var (before, changes) = (Digests(a, b, c), await _shop.ChangesAsync());
        Assert.That(await VerifyAsync(), Is.EqualTo("same"), "row by row");

        await _shop.RestartAsync();
        Assert.That(Digests(a, b, c), Is.EqualTo(before), "out of the checkpoint");
        await _shop.RestartAsync(forget: true);
        Assert.That(Digests(a, b, c), Is.EqualTo(before), "out of the log");
        Assert.That(await _shop.ChangesAsync(), Is.EqualTo(changes));
    }

    private FeatureStates States => _shop.Shop.Services.GetRequiredService<FeatureStates>();

    private ProfileTraits Traits => _shop.Shop.Services.GetRequiredService<ProfileTraits>();

    private ProfileExpiry Expiry => _shop.Shop.Services.GetRequiredService<ProfileExpiry>();

    private string[] Digests(params int[] profiles) =>
        [.. profiles.Select(profile => $"{Convert.ToHexString(States.Digest(FeatureKey.Profile, profile))}/{Convert.ToHexString(Traits.Digest(profile))}")];

    /// <summary>What a comparison with a replay of the log says, freed rows and times that are due included.</summary>
    private async Task<string> VerifyAsync()
    {
        using var begun = await _shop.Shop.Server.PostAsync("/v1/features/verify", content: null);
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        for (var look = 0; look < 1_000; look++)
        {
            var run = await _shop.GetAsync("/v1/features/verify");
            if (run.GetProperty("state").GetString() != "running")
            {
                return run.TryGetProperty("report", out var report) && report.ValueKind != JsonValueKind.Null ? report.GetProperty("verdict").GetString()! : run.ToString();
            }

            await Task.Delay(20);
        }

        return "it never came to an end";
    }

    private async Task<double> ReadAsync(string shopper) =>
        (await _shop.GetAsync($"/v1/features/looks/values?profileId={_shop.ProfileOf(shopper)}")).GetProperty("value").GetDouble();

    private async Task LeaveMemoryAsync()
    {
        var states = _shop.Shop.Services.GetServices<IColdState>().ToList();
        var sequencer = _shop.Shop.Services.GetRequiredService<Sequencer>();
        await sequencer.AtRestAsync(
            async () =>
            {
                await sequencer.CheckpointAtRestAsync();
                states.ForEach(state => Enumerable.Range(0, state.Capacity).ToList().ForEach(profile => state.TryEvict(profile)));
            },
            CancellationToken.None);
        Assert.That(States.ColdCount, Is.Positive);
    }

    private async Task ImportTraitsAsync(string shopper)
    {
        using var line = new StringContent($$$"""{"anonymousId":"{{{shopper}}}","traits":{"income":"high"}}""", System.Text.Encoding.UTF8, "application/x-ndjson");
        using var answer = await _shop.Shop.Server.PostAsync("/v1/traits/import?source=Acme&licence=x&ttlDays=1", line);
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await _shop.SettleAsync();
    }

    private async Task DeclareAsync(string id, object definition)
    {
        var (status, answer) = await _shop.SendAsync(HttpMethod.Put, $"/v1/features/{id}", definition);
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created), answer.ToString());
        var registry = _shop.Shop.Services.GetRequiredService<FeatureRegistry>();
        for (var looks = 0; registry.Find(id, 1) is not { Phase: VersionPhase.Live }; looks++)
        {
            Assert.That(looks, Is.LessThan(1_000), $"'{id}' never became live");
            await Task.Delay(20);
        }
    }
}
