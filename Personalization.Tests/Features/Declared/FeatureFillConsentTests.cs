using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Tests.Identity.Changes;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Declared;

/// <summary>What came while somebody refused is not learnt later, by a feature that is declared when they allow it again.</summary>
[Parallelizable]
internal sealed class FeatureFillConsentTests : ShopTests
{
    private const string Views = """{"aggregate":"count","events":["Product Viewed"],"window":"lifetime","lateness":"1h"}""";
    private int _number;

    [Test]
    public async Task What_came_without_consent_is_left_out_of_a_feature_that_is_declared_after_it_was_given_again()
    {
        await DeclareAsync("early");
        await TrackAsync("never-asked", 7);
        await TrackAsync("changed", 2);
        await TrackAsync("changed", 3, isGranted: false);
        await TrackAsync("changed", 2);
        await TrackAsync("changed", 2, isGranted: true);
        await TrackAsync("refuses", 2);
        await TrackAsync("refuses", 1, isGranted: false);

        // One device of a person refuses, the other does not; then they are one, and allow it.
        await TrackAsync("first", 2, isGranted: false);
        await TrackAsync("second", 4, isGranted: true);
        await TrackAsync("first", 2);
        await Shop.SettleAsync();
        await Shop.ChangedAsync(Shop.Profile(device: "first"), "merge", new { into = Shop.Profile(device: "second"), reason = "one person", force = true });
        await TrackAsync("first", 1, isGranted: true);
        await TrackAsync("first", 1);
        await Shop.SettleAsync();

        await DeclareAsync("late");

        var (changed, control, person) = (Copy("late", Shop.Profile(device: "changed")), Copy("late", Shop.Profile(device: "never-asked")), Copy("late", Shop.Profile(device: "second")));
        Assert.That(changed, Is.EqualTo(Copy("early", Shop.Profile(device: "changed"))).And.Not.Empty);
        Assert.That(changed, Is.Not.EqualTo(control), "two, and two more, and not the five between");
        Assert.That(control, Is.EqualTo(Copy("early", Shop.Profile(device: "never-asked"))).And.Not.Empty);
        Assert.That(person, Is.EqualTo(Copy("early", Shop.Profile(device: "second"))).And.Not.Empty);
        Assert.That(Copy("late", Shop.Profile(device: "refuses")), Is.Empty, "nothing is learnt of somebody who refuses now");
        Assert.That(Copy("early", Shop.Profile(device: "refuses")), Is.Not.Empty);
    }

    private string Copy(string prefix, int profileId)
    {
        var room = new byte[FeatureStates.MaxStateBytes];
        var version = Shop.Services.GetRequiredService<FeatureRegistry>().Find(prefix + "_views", 1)!;
        var length = Shop.Services.GetRequiredService<FeatureStates>().Copy(version, profileId, room);
        return Convert.ToHexString(room, 0, Math.Max(0, length));
    }

    private async Task DeclareAsync(string prefix)
    {
        using var answer = await Shop.Server.PutAsync($"/v1/features/{prefix}_views", ShopServer.Json(Views));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
        for (var look = 0; Shop.Services.GetRequiredService<FeatureRegistry>().Find(prefix + "_views", 1) is not { Phase: VersionPhase.Live }; look++)
        {
            Assert.That(look, Is.LessThan(1_000), "it never was live");
            await Task.Delay(20);
        }
    }

    private async Task TrackAsync(string device, int views, bool? isGranted = null) => await Shop.TrackAsync(
        "/v1/batch", ShopEvents.Batch(Enumerable.Range(0, views).Select(_ => View(device, isGranted))));

    private object View(string device, bool? isGranted)
    {
        var (timestamp, messageId) = (TimeProvider.System.GetUtcNow().ToString("O"), $"m{_number++}");
        var properties = new { product_id = "item-1" };
        return isGranted is { } profile
            ? new { type = "track", @event = "Product Viewed", anonymousId = device, messageId, timestamp, properties, context = new { consent = new { categoryPreferences = new { profile } } } }
            : new { type = "track", @event = "Product Viewed", anonymousId = device, messageId, timestamp, properties };
    }
}
