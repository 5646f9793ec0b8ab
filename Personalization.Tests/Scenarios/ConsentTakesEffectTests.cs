using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Scenarios;

/// <summary>A change of consent counts before its request is answered, however much waits in front of it.</summary>
[Parallelizable]
internal sealed class ConsentTakesEffectTests
{
    private const int Races = 200;
    private TemporaryFolder _folder;
    private ShopServer _shop;

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartWithAsync(
            _folder.Path, services => services.AddSingleton<IEventStage, SlowStage>(), "--Personalization:Tracking:Partitions=2");
    }

    [TearDown]
    public async Task StopShop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task No_answer_is_personalised_after_a_withdrawal_was_answered()
    {
        for (var shopper = 0; shopper < Races; shopper += 20)
        {
            await _shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(shopper, 20).Select(n => ShopEvents.View($"a{n}", "p1"))));
        }

        await _shop.SettleAsync();
        Assert.That((await AskAsync(0)).IsPersonalized, "so that there is something to withdraw");
        var late = new System.Collections.Concurrent.ConcurrentBag<int>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Races), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (shopper, _) =>
        {
            await _shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 4).Select(n => Slow(shopper, n))));
            await _shop.TrackAsync("/v1/track", Withdrawal(shopper));
            if ((await AskAsync(shopper)).IsPersonalized)
            {
                late.Add(shopper);
            }
        });

        Assert.That(late, Is.Empty);
    }

    [Test]
    public async Task A_repeated_withdrawal_waits_for_the_one_that_it_repeats()
    {
        await _shop.TrackAsync("/v1/track", ShopEvents.View("a1", "p1"));
        await _shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 50).Select(n => Slow(1, n))));

        var first = _shop.TrackAsync("/v1/track", Withdrawal(1));
        await _shop.TrackAsync("/v1/track", Withdrawal(1));

        Assert.That((await AskAsync(1)).IsPersonalized, Is.False);
        await first;
    }

    [Test]
    public async Task What_cannot_take_effect_in_time_is_not_called_done()
    {
        await _shop.DisposeAsync();
        using var hold = new ManualResetEventSlim();
        _shop = await ShopServer.StartWithAsync(
            _folder.Path,
            services => services.AddSingleton<IEventStage>(new HeldStage(hold)),
            "--Personalization:Tracking:EffectWaitSeconds=1",
            "--Personalization:Tracking:Partitions=1");
        await _shop.TrackAsync("/v1/track", new { @event = "Held", anonymousId = "a1" });

        using var refused = await _shop.Client.PostAsync("/v1/track", ShopServer.Json(Withdrawal(1)));
        var body = await refused.Content.ReadAsStringAsync();
        hold.Set();

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(refused.Headers.RetryAfter, Is.Not.Null);
        Assert.That(body, Does.Contain("tracking/not-in-effect"));
        using var again = await _shop.Client.PostAsync("/v1/track", ShopServer.Json(Withdrawal(1)));
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the same again, which is a duplicate by now");
    }

    private async Task<(bool IsPersonalized, string Reason)> AskAsync(int shopper)
    {
        var answer = await _shop.RecommendAsync($"for-you?anonymousId=a{shopper}");
        return (answer.GetProperty("isPersonalized").GetBoolean(),
            answer.TryGetProperty("notPersonalizedReason", out var reason) ? reason.GetString()! : "");
    }

    private static object Slow(int shopper, int n) => new { type = "track", @event = "Slow", anonymousId = $"b{n}", messageId = $"slow-{shopper}-{n}" };

    private static object Withdrawal(int shopper) => new
    {
        @event = "Consent Updated",
        anonymousId = $"a{shopper}",
        messageId = $"withdrawal-{shopper}",
        context = new { consent = new { categoryPreferences = new { profile = false, personalise = false } } },
    };

    /// <summary>So much work for others' events that a withdrawal always has a queue in front of it.</summary>
    private sealed class SlowStage : IEventStage, IDisposable
    {
        private readonly ManualResetEventSlim _never = new();

        public void Dispose() => _never.Dispose();

        public void Apply(TrackedEvent trackedEvent)
        {
            if (trackedEvent.Text(trackedEvent.Name).SequenceEqual("Slow"u8))
            {
                _never.Wait(TimeSpan.FromMilliseconds(1));
            }
        }

        public void Merge(int fromProfileId, int intoProfileId)
        {
        }

        public void Forget(int profileId)
        {
        }
    }
}
