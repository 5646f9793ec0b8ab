using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Pipeline.DeadLetters;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>When the disk is slower than refusals come in.</summary>
[Parallelizable]
internal sealed class FullQueueTests : LetterShop
{
    protected override string[] Settings => [.. base.Settings, "--Personalization:Tracking:DeadLetters:QueueEntries=8"];

    [Test]
    public async Task When_the_queue_is_full_the_request_is_told_to_come_again_and_a_stranger_is_not()
    {
        var queue = Shop.Services.GetRequiredService<LetterQueue>();
        using var isBusy = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var held = new LetterWrite(_ =>
        {
            isBusy.Set();
            mayGo.Wait();
        });
        Assert.That(queue.AddAlways(held));
        isBusy.Wait();
        while (queue.TryAdd(new LetterWrite(static _ => { })))
        {
            // Until it is full.
        }

        var refused = await PostAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "tent", "m1"), new { type = "track", anonymousId = "bob" }]));
        var stranger = await PostAsync("/v1/track", "{}", "nobody");
        mayGo.Set();
        await held.Done;
        var again = await PostAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "tent", "m1"), new { type = "track", anonymousId = "bob" }]));

        Assert.That((refused, stranger, again), Is.EqualTo((HttpStatusCode.TooManyRequests, HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
        Assert.That(await ListAsync("?anonymousId=bob"), Has.Count.EqualTo(1));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1), "what was taken beside it counts once");
    }
}
