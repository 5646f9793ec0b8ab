using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Decisioning.Domain;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>
/// An event on which a step or stage throws is parked, the rest goes on, and once it is taken up again every stage has seen it exactly
/// once, whatever happens to the process and to what is derived.
/// </summary>
[Parallelizable]
internal sealed class ParkedEventTests : LetterShop
{
    private static readonly Func<string, bool> AllButTheLog = file => !file.StartsWith("log.", StringComparison.Ordinal) && !file.StartsWith("dead_letters.", StringComparison.Ordinal);
    private readonly Faults _faults = new();

    protected override string[] Settings => [.. base.Settings, "--Personalization:Tracking:Partitions=3"];

    [TearDown]
    public void MendFaults() => _faults.Mend();

    protected override void Configure(IServiceCollection services)
    {
        services.AddSingleton<ISequencerStep>(_ => new LateStep(_faults));
        services.AddSingleton(new InmostStage(_faults));
        services.Insert(
            services.IndexOf(services.First(service => service.ImplementationType == typeof(UpdateFeaturesStage))) + 1,
            ServiceDescriptor.Singleton<IEventStage>(provider => provider.GetRequiredService<InmostStage>()));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<InmostStage>());
        Add(services, new EarlyStage(_faults));
        Add(services, new MiddleStage(_faults));
        Add(services, new LateStage(_faults));
    }

    [Test]
    public async Task A_stage_that_throws_parks_the_event_and_everything_else_goes_on()
    {
        _faults.Plan(nameof(MiddleStage), "m2");

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "a", "m1"), ShopEvents.View("ann", "b", "m2"), ShopEvents.View("ann", "c", "m3")]));

        Assert.That(await ViewsAsync("ann"), Is.EqualTo(3), "the product's own stages stand before");
        Assert.That(Seen<EarlyStage>(), Is.EqualTo(Each("m1", "m2", "m3")));
        Assert.That(Seen<LateStage>(), Is.EqualTo(Each("m1", "m3")));
        Assert.That(Shop.Services.GetRequiredService<IPipelineStatus>().AppliedOffset, Is.EqualTo(3));
        var letter = await OnlyAsync("?reason=failed");
        Assert.That(letter.Text("stage"), Is.EqualTo("MiddleStage"));
        Assert.That(letter.Text("detail"), Is.EqualTo("InvalidOperationException: A bug in MiddleStage on m2."));
        Assert.That(letter.GetProperty("logOffset").GetInt64(), Is.EqualTo(1));
        Assert.That(letter.Text("source"), Is.EqualTo("shop"));
        Assert.That(letter.Text("messageId"), Is.EqualTo("m2"));
        Assert.That(letter.GetProperty("body").GetProperty("anonymousId").GetString(), Is.EqualTo("ann"));
    }

    [Test]
    public async Task Replayed_it_goes_on_where_it_stopped(
        [Values("none", "restart", "rebuild")] string before, [Values("none", "restart", "rebuild", "failing rebuild")] string after)
    {
        _faults.Plan(nameof(MiddleStage), "m2", times: 100);
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "a", "m1"), ShopEvents.View("ann", "b", "m2"), ShopEvents.View("bob", "c", "m3")]));
        await Shop.SettleAsync();
        await InterruptAsync(before);
        _faults.Mend();

        var replayed = await ReplayAsync((await OnlyAsync()).Id());
        if (after == "failing rebuild")
        {
            _faults.Plan(nameof(MiddleStage), "m2");
        }

        await InterruptAsync(after);

        Assert.That(replayed.Text("state"), Is.EqualTo("replayed"));
        Assert.That(replayed.Text("lastResult"), Is.EqualTo("applied"));
        await AssertSeenOnceAsync("m1", "m2", "m3");
        Assert.That((await OnlyAsync()).Text("state"), Is.EqualTo("replayed"));
    }

    [Test]
    public async Task An_event_that_fails_again_is_one_letter_still_and_may_be_tried_once_more([Values] bool rebuilds)
    {
        _faults.Plan(nameof(EarlyStage), "m1", times: 1);
        _faults.Plan(nameof(LateStage), "m1", times: 1);
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "a", "m1"));
        await Shop.SettleAsync();
        var id = (await OnlyAsync()).Id();

        var first = await ReplayAsync(id);
        var second = await ReplayAsync(id);
        await InterruptAsync(rebuilds ? "rebuild" : "restart");

        Assert.That((first.Text("state"), first.Text("stage")), Is.EqualTo(("open", "LateStage")));
        Assert.That(first.Text("lastResult"), Does.Contain("A bug in LateStage"));
        Assert.That(second.Text("state"), Is.EqualTo("replayed"));
        Assert.That(second.GetProperty("attempts").GetInt32(), Is.EqualTo(2));
        await AssertSeenOnceAsync("m1");
        Assert.That(await ListAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_failed_step_keeps_the_event_from_the_stages_until_it_is_replayed([Values("none", "restart", "rebuild")] string interruption)
    {
        _faults.Plan(nameof(LateStep), "m1", times: 100);
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "a", "m1"), ShopEvents.View("ann", "b", "m2")]));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
        await InterruptAsync(interruption);
        _faults.Mend();

        var letter = await OnlyAsync("?stage=LateStep");
        await ReplayAsync(letter.Id());

        await AssertSeenOnceAsync("m1", "m2");
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_merge_reaches_the_stages_though_a_later_step_fails_on_its_event()
    {
        await Shop.TrackAsync("/v1/track", new { @event = "Product Viewed", userId = "ann", messageId = "m0", properties = new { product_id = "map" } });
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "tent", "m1"));
        _faults.Plan(nameof(LateStep), "ann-phone-identify");
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("ann", "phone"));
        await Shop.SettleAsync();

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent", "map" }), "the merged state has moved");
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=phone")).Ids(), Is.EqualTo(new[] { "tent", "map" }));

        await ReplayAsync((await OnlyAsync()).Id());
        await RestartAsync(AllButTheLog);

        await AssertSeenOnceAsync("m0", "m1", "ann-phone-identify", "merge 1->0");
        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent", "map" }));
    }

    [Test]
    public async Task A_merge_that_fails_half_way_is_finished_by_the_replay([Values("none", "restart", "rebuild")] string interruption)
    {
        await Shop.TrackAsync("/v1/track", new { @event = "Product Viewed", userId = "ann", messageId = "m0", properties = new { product_id = "map" } });
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "tent", "m1"));
        _faults.Plan(nameof(MiddleStage), "merge", times: 100);
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("ann", "phone"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "lamp", "m3"));
        await Shop.SettleAsync();
        await InterruptAsync(interruption);
        _faults.Mend();

        await ReplayAsync((await OnlyAsync("?stage=MiddleStage")).Id());
        await InterruptAsync(interruption);

        await AssertSeenOnceAsync("m0", "m1", "ann-phone-identify", "m3", "merge 1->0");
    }

    [Test]
    public async Task What_stages_before_the_fault_told_those_behind_it_they_tell_again([Values] bool withdraws)
    {
        _faults.Plan(nameof(InmostStage), "m2");
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View("ann", "tent", "m1"), ShopEvents.View("ann", "stove", "m2")]));
        await Shop.SettleAsync();
        var id = (await OnlyAsync()).Id();
        if (withdraws)
        {
            await Shop.TrackAsync("/v1/track", new
            {
                type = "track",
                @event = "Consent Updated",
                anonymousId = "ann",
                messageId = "m3",
                context = new { consent = new { categoryPreferences = new { profile = false, train = false } } },
            });
        }

        await ReplayAsync(id);
        await Shop.SettleAsync();

        var learnt = Shop.Services.GetRequiredService<LearnedModels>();
        Assert.That(learnt.Sessions.Learnt, Is.EqualTo(withdraws ? 1 : 2), "the session that the event belongs to has both items, if they may be learnt from");
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(2), "what stands before the fault has counted it once");
    }

    [Test]
    public async Task A_parked_event_belongs_to_whom_it_belonged_to_though_the_device_has_changed_hands()
    {
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("ann", "phone"));
        _faults.Plan(nameof(LateStep), "m1");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("phone", "tent", "m1"));
        await Shop.TrackAsync("/v1/identify", ShopEvents.Identify("bob", "phone"));
        await Shop.SettleAsync();

        await ReplayAsync((await OnlyAsync()).Id());

        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=ann")).Ids(), Is.EqualTo(new[] { "tent" }));
        Assert.That((await Shop.RecommendAsync("recently-viewed?userId=bob")).Ids(), Is.Empty);
    }

    [Test]
    public async Task A_parked_event_can_be_corrected_before_it_goes_on()
    {
        _faults.Plan(nameof(LateStep), "m1");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "wrong", "m1"));
        await Shop.SettleAsync();
        var id = (await OnlyAsync()).Id();

        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", """{"properties":{"product_id":"right"}}""");
        await ReplayAsync(id);

        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "right" }));
        await AssertSeenOnceAsync("m1");
    }

    [Test]
    public async Task Many_are_taken_up_by_one_call_and_a_second_call_finds_none([Values] bool rebuilds)
    {
        var ids = Enumerable.Range(0, 200).Select(i => $"m{i}").ToArray();
        foreach (var id in ids.Where((_, i) => i % 3 == 0))
        {
            _faults.Plan(nameof(MiddleStage), id, times: rebuilds ? 100 : 1);
        }

        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch(ids.Select((id, i) => ShopEvents.View($"shopper-{i % 7}", "a", id))));
        await Shop.SettleAsync();
        _faults.Mend();
        var first = await SendAsync(HttpMethod.Post, "/v1/dead-letters/replay", """{"filter":{"reason":"failed"}}""");
        var second = await SendAsync(HttpMethod.Post, "/v1/dead-letters/replay", """{"filter":{"reason":"failed"}}""");
        await InterruptAsync(rebuilds ? "rebuild" : "none");

        Assert.That(first.GetProperty("outcomes").GetProperty("replayed").GetInt32(), Is.EqualTo(67));
        Assert.That(second.GetProperty("letters").GetInt32(), Is.Zero);
        await AssertSeenOnceAsync(ids);
    }

    [Test]
    public async Task Taken_up_by_many_at_once_it_is_settled_all_the_same()
    {
        _faults.Plan(nameof(MiddleStage), "m1");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "a", "m1"));
        await Shop.SettleAsync();
        var id = (await OnlyAsync()).Id();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using var answer = await Shop.Server.PostAsync(i % 2 == 0 ? $"/v1/dead-letters/{id}/replay" : "/v1/dead-letters/replay", ShopServer.Json("{}"));
        }));
        await Shop.SettleAsync();

        Assert.That((await OnlyAsync()).Text("state"), Is.EqualTo("replayed"));
        await AssertSeenOnceAsync("m1");
    }

    [Test]
    public async Task What_a_rebuild_with_mended_code_has_applied_needs_no_replay_and_gets_none()
    {
        _faults.Plan(nameof(MiddleStage), "m1", times: 100);
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "a", "m1"));
        await Shop.SettleAsync();
        _faults.Mend();
        await RestartAsync(AllButTheLog);

        var replayed = await ReplayAsync((await OnlyAsync("?state=open")).Id());

        Assert.That((replayed.Text("state"), replayed.Text("lastResult")), Is.EqualTo(("replayed", "applied already")));
        await AssertSeenOnceAsync("m1");
    }

    [Test]
    public async Task A_suppressed_person_leaves_a_letter_without_content()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("suppressed", "secret", "m1"));
        await Shop.SettleAsync();
        await RestartAsync(AllButTheLog);

        var letter = await OnlyAsync("?reason=suppressed");
        Assert.That(letter.Text("stage"), Is.EqualTo("LateStep"));
        Assert.That(letter.TryGetProperty("body", out _), Is.False);
        Assert.That(letter.GetRawText(), Does.Not.Contain("secret").And.Not.Contain("\"suppressed\",\"anonymousId"));
        Assert.That(await ListAsync("?anonymousId=suppressed"), Has.Count.EqualTo(1), "it is found by the hash");
        Assert.That(await ViewsAsync("suppressed"), Is.Zero);
    }

    [Test]
    public async Task An_erased_person_is_gone_from_parked_events_and_from_their_replays()
    {
        _faults.Plan(nameof(MiddleStage), "m1");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m1"));
        await Shop.TrackAsync("/v1/track", ShopEvents.View("bob", "lamp", "m2"));
        await Shop.SettleAsync();
        var id = (await OnlyAsync()).Id();
        await ReplayAsync(id);

        await SendAsync(HttpMethod.Delete, "/v1/profiles/0");
        await RestartAsync(AllButTheLog);

        Assert.That(await ListAsync(), Is.Empty);
        await AssertSeenOnceAsync("m2");
    }

    private static void Add<TStage>(IServiceCollection services, TStage stage)
        where TStage : CountingStage
    {
        services.AddSingleton(stage);
        services.AddSingleton<IEventStage>(stage);
        services.AddSingleton<ICheckpointed>(stage);
    }

    private static Dictionary<string, int> Each(params string[] ids) => ids.ToDictionary(id => id, _ => 1);

    private Dictionary<string, int> Seen<TStage>()
        where TStage : CountingStage => Shop.Services.GetRequiredService<TStage>().Seen;

    private async Task AssertSeenOnceAsync(params string[] ids)
    {
        await Shop.SettleAsync();
        Assert.That(Seen<EarlyStage>(), Is.EqualTo(Each(ids)), "before the place of the fault");
        Assert.That(Seen<MiddleStage>(), Is.EqualTo(Each(ids)), "at the place of the fault");
        Assert.That(Seen<LateStage>(), Is.EqualTo(Each(ids)), "after the place of the fault");
    }

    /// <summary>A restart keeps the checkpoints; a rebuild starts over from the log.</summary>
    private Task InterruptAsync(string interruption) => interruption switch
    {
        "restart" => RestartAsync(),
        "rebuild" or "failing rebuild" => RestartAsync(AllButTheLog),
        _ => Task.CompletedTask,
    };
}
