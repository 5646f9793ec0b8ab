using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Identity.Contracts;
using Personalization.Tests.Identity.Changes;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Declared;

/// <summary>A feature that is declared late takes in the log before it, and is what it were if it had been there from the start.</summary>
[Parallelizable]
internal sealed class FeatureFillTests : ShopTests
{
    private const string SmallPieces = "--Personalization:Features:EventsFilledAtOnce=40";

    private static readonly (string Name, string Definition)[] Kinds =
    [
        ("views", """{"aggregate":"count","events":["Product Viewed"],"window":"lifetime","lateness":"1h"}"""),
        ("alive", """{"aggregate":"count","events":["Product Viewed"],"window":"lifetime","lateness":"1h","ttl":"6h"}"""),
        ("liked", """{"aggregate":"affinity","by":{"product":"category"},"events":["Product Viewed"],"halfLife":"1d"}"""),
        ("noted", """{"aggregate":"last_n","n":5,"of":{"property":"note"},"events":["Product Viewed"]}"""),
        ("sold", """{"key":"item","aggregate":"sum","of":{"product":"price"},"events":["Order Completed"],"window":"lifetime"}"""),
        ("in_session", """{"aggregate":"count","events":["Product Viewed"],"window":"session"}"""),
    ];

    private readonly Random _chance = new(6);
    private int _number;

    [Test]
    public async Task What_was_before_a_feature_comes_into_it_from_the_log_while_events_go_on()
    {
        await DeclareAsync("early");
        await TrackAsync(8);
        await ChangePeopleAsync();
        await TrackAsync(8);
        await RestartAsync(arguments: SmallPieces);

        await DeclareAsync("late");
        await TrackAsync(2);
        Assert.That(Registry.NextToFill(), Is.GreaterThanOrEqualTo(0), "the test looks while it is filled");
        Assert.That(Registry.Find("late_views", 1)!.Phase, Is.EqualTo(VersionPhase.Preparing), "it is not read before it is whole");
        await ChangePeopleAsync();
        await RestartAsync(arguments: SmallPieces);
        await TrackAsync(2);
        await UntilFilledAsync();
        await ChangePeopleAsync();
        await TrackAsync(1);

        Assert.That(Kinds.Sum(kind => AssertSame(kind.Name)), Is.GreaterThan(40));
        using var answer = await Shop.Server.GetAsync("/v1/features/late_views");
        var status = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("status").GetProperty("versions")[0];
        Assert.That(status.GetProperty("fromLog").GetProperty("isComplete").GetBoolean(), Is.True);
        Assert.That(status.GetProperty("late").GetInt64(), Is.Positive, "lateness is asked of what was before as well");

        await RestartAsync(forget: file => !file.StartsWith("log.", StringComparison.Ordinal));
        Assert.That(Kinds.Sum(kind => AssertSame(kind.Name)), Is.GreaterThan(40));
    }

    private FeatureRegistry Registry => Shop.Services.GetRequiredService<FeatureRegistry>();

    /// <summary>Compares both features of a kind, key by key, and tells of how many keys there was something to compare.</summary>
    private int AssertSame(string kind)
    {
        var (early, late) = (Registry.Find("early_" + kind, 1)!, Registry.Find("late_" + kind, 1)!);
        var states = Shop.Services.GetRequiredService<FeatureStates>();
        var (one, other) = (new byte[FeatureStates.MaxStateBytes], new byte[FeatureStates.MaxStateBytes]);
        var compared = 0;
        for (var key = 0; key < 200; key++)
        {
            var (length, otherLength) = (states.Copy(early, key, one), states.Copy(late, key, other));
            Assert.That(Convert.ToHexString(other, 0, Math.Max(0, otherLength)), Is.EqualTo(Convert.ToHexString(one, 0, Math.Max(0, length))), $"{kind} of {key}");
            compared += length > 0 ? 1 : 0;
        }

        return compared;
    }

    private async Task DeclareAsync(string prefix)
    {
        foreach (var (name, definition) in Kinds)
        {
            using var answer = await Shop.Server.PutAsync($"/v1/features/{prefix}_{name}", ShopServer.Json(definition));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        }
    }

    private async Task UntilFilledAsync()
    {
        for (var look = 0; Kinds.Any(kind => Registry.Find("late_" + kind.Name, 1) is not { Phase: VersionPhase.Live }); look++)
        {
            Assert.That(look, Is.LessThan(1_000), "it never was");
            await Task.Delay(20);
        }
    }

    /// <summary>Batches of 40: shoppers look, buy, sign in on each other's devices, and what they did comes late at times.</summary>
    private async Task TrackAsync(int batches)
    {
        for (var batch = 0; batch < batches; batch++)
        {
            await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 40).Select(_ => Any())));
        }

        await Shop.SettleAsync();
    }

    private object Any()
    {
        var (anonymousId, item, messageId) = ($"device-{_chance.Next(20)}", $"item-{_chance.Next(15)}", $"m{_number++}");
        var timestamp = TimeProvider.System.GetUtcNow().AddMinutes(_chance.Next(6) == 0 ? -_chance.Next(200) : 0).ToString("O");
        return _chance.Next(8) switch
        {
            0 => new { type = "identify", userId = $"user-{_chance.Next(9)}", anonymousId, messageId, timestamp },
            1 => new { type = "track", @event = "Order Completed", anonymousId, messageId, timestamp, properties = new { products = new[] { new { product_id = item, price = _chance.Next(1, 50), quantity = 1 } } } },
            _ => new { type = "track", @event = "Product Viewed", anonymousId, messageId, timestamp, properties = new { product_id = item, category = $"c{_chance.Next(4)}", note = $"n{_chance.Next(9)}" } },
        };
    }

    private async Task ChangePeopleAsync()
    {
        var (one, other) = (ProfileOf(_chance.Next(20)), ProfileOf(_chance.Next(20)));
        if (one >= 0 && other >= 0 && one != other)
        {
            await Shop.ChangedAsync(one, "merge", new { into = other, reason = "one person", force = true });
            await Shop.ChangedAsync(other, "unmerge", new { profileId = one, reason = "two" });
        }
    }

    private int ProfileOf(int device) => Shop.Services.GetRequiredService<IProfileDirectory>().Find(null, $"device-{device}");
}
