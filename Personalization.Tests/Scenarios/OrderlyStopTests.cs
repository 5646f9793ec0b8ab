using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Host;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Scenarios;

/// <summary>An orderly stop ends the event's way before it closes what stages write to, and what they have told of is on disk.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OrderlyStopTests : IDisposable
{
    private const int Views = 200;
    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _hold = new();

    public void Dispose()
    {
        _hold.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_stop_in_the_midst_of_a_replay_waits_for_what_stages_were_given()
    {
        _hold.Set();
        await using (var first = await StartAsync())
        {
            await first.TrackAsync("/v1/batch", ShopEvents.Batch(
                [new { type = "track", @event = "Held", anonymousId = "a0" }, .. Enumerable.Range(0, Views).Select(i => ShopEvents.View($"a{i}", "p1"))]));
        }

        // Everything derived is gone: the second life replays.
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "checkpoints*"))
        {
            File.Delete(file);
        }

        _hold.Reset();
        var (before, behind) = (new CountingStage(), new CountingStage());
        await using var app = HostApp.Build(
            [.. ShopServer.Arguments(_folder.Path), "--Personalization:Tracking:Partitions=1"],
            services => services.AddSingleton<IEventStage>(before).AddSingleton<IEventStage>(new HeldStage(_hold)).AddSingleton<IEventStage>(behind));
        await app.StartAsync();
        Assert.That(() => before.Events, Is.EqualTo(1).After(30_000, 5), "the replay has come to the event that is held");
        Assert.That(app.Services.GetRequiredService<IPipelineStatus>().IsCaughtUp, Is.False);

        var stop = app.StopAsync();
        await Task.WhenAny(stop, Task.Delay(500));
        var isEarly = stop.IsCompleted;
        _hold.Set();
        await stop;

        Assert.That(isEarly, Is.False, "stages still have events");
        Assert.That(behind.Events, Is.EqualTo(Views + 1));
    }

    [Test]
    public async Task What_comes_of_a_decision_until_the_last_event_is_kept()
    {
        string id;
        await using (var shop = await StartAsync())
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch(Enumerable.Range(0, 60).Select(i => ShopEvents.View($"a{i / 4}", $"item-{i % 25}", $"m{i}", $"cat-{i % 5}"))));
            await shop.SettleAsync();
            var answer = await shop.RecommendAsync("for-you?anonymousId=a1");
            id = answer.GetProperty("decisionId").GetString()!;
            await DecisionAsync(shop, id); // It is on disk now.
            await shop.TrackAsync("/v1/track", new { @event = "Held", anonymousId = "a0" });
            await shop.TrackAsync("/v1/track", new
            {
                @event = "Recommendation Clicked",
                anonymousId = "a1",
                properties = new { decision_id = id, placement = "for-you", products = new[] { new { product_id = answer.Ids()[0] } } },
            });

            var stop = shop.DisposeAsync();
            await Task.Delay(500); // Whatever stops before the pipeline has stopped.
            _hold.Set();
            await stop;
        }

        await using var again = await StartAsync();
        var outcomes = (await DecisionAsync(again, id)).GetProperty("items")[0].GetProperty("outcomes");
        Assert.That(outcomes.EnumerateArray().Select(outcome => outcome.GetString()), Does.Contain("clicked"));
    }

    private Task<ShopServer> StartAsync() =>
        ShopServer.StartWithAsync(
            _folder.Path,
            services => services.AddSingleton<IEventStage>(new HeldStage(_hold)),
            "--Personalization:Tracking:Partitions=1",
            "--Personalization:Decisioning:Placements:for-you:Ranker=Online");

    private static async Task<JsonElement> DecisionAsync(ShopServer shop, string id) =>
        JsonElement.Parse(await shop.Server.GetStringAsync(new Uri($"/v1/decisions/{id}", UriKind.Relative)));

    private sealed class CountingStage : IEventStage
    {
        private int _events;

        public int Events => Volatile.Read(ref _events);

        public void Apply(TrackedEvent trackedEvent) => Interlocked.Increment(ref _events);

        public void Merge(int fromProfileId, int intoProfileId)
        {
        }

        public void Forget(int profileId)
        {
        }
    }
}
