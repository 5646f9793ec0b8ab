using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Scenarios;

/// <summary>A profile that leaves its partition: the loop that has owned it is told, so that it does nothing more for it of itself.</summary>
internal sealed class HandOverTests
{
    [Test]
    public async Task The_loop_that_loses_a_profile_hears_of_it_before_the_other_takes_it_over()
    {
        using var folder = new TemporaryFolder();
        var noted = new NotingStage();
        await using var shop = await ShopServer.StartWithAsync(
            folder.Path, services => services.AddSingleton<IEventStage>(noted), "--Personalization:Tracking:Partitions=2");
        await shop.TrackAsync("/v1/track", ShopEvents.View("a", "p1"));
        await shop.TrackAsync("/v1/identify", new { type = "identify", userId = "u", messageId = "m1" });

        await shop.TrackAsync("/v1/identify", ShopEvents.Identify("u", "a"));
        await shop.SettleAsync();

        Assert.That(shop.Services.GetRequiredService<IPartitions>().Count, Is.EqualTo(2));
        Assert.That(noted.Seen, Has.Count.EqualTo(2));
        Assert.That(noted.Seen.First(), Does.StartWith("over "));
        Assert.That(noted.Seen.Last(), Is.EqualTo(noted.Seen.First().Replace("over", "merge", StringComparison.Ordinal)), "the same profile");
    }

    private sealed class NotingStage : IEventStage
    {
        public ConcurrentQueue<string> Seen { get; } = [];

        public void Apply(TrackedEvent trackedEvent)
        {
        }

        public void Merge(int fromProfileId, int intoProfileId) => Seen.Enqueue($"merge {fromProfileId}");

        public void HandOver(int profileId) => Seen.Enqueue($"over {profileId}");

        public void Forget(int profileId)
        {
        }
    }
}
