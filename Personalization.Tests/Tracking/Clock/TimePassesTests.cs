using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Pipelines;
using static Personalization.Tests.Tracking.Clock.ClockShop;

namespace Personalization.Tests.Tracking.Clock;

/// <summary>Time as stages see it, through the whole application.</summary>
[Parallelizable(ParallelScope.All)]
public class TimePassesTests
{
    private const long Due = Start + DeadlineMs;

    [Test]
    public async Task The_next_event_of_anyone_brings_what_was_due_before_it()
    {
        await using var world = await ClockShop.StartAsync();
        await world.ViewAsync("anna", "tent");
        world.Clock.Advance(TimeSpan.FromSeconds(75));

        await world.ViewAsync("ben", "stove");

        Assert.That(world.Trace, Is.EqualTo($"e0 t{Start + 75_000} d0@{Due} e1"));
    }

    [Test]
    public async Task A_tick_is_written_when_something_is_due_and_no_event_comes_and_only_then()
    {
        await using var world = await ClockShop.StartAsync();
        await world.ViewAsync("anna", "tent");
        world.Clock.Advance(TimeSpan.FromMilliseconds(DeadlineMs - 1));
        var early = await world.LookAsync();
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var due = await world.LookAsync();
        world.Clock.Advance(TimeSpan.FromDays(1));
        var later = await world.LookAsync();

        Assert.That((early, due, later), Is.EqualTo((false, true, false)));
        Assert.That(world.Trace, Is.EqualTo($"e0 t{Due} d0@{Due}"));
        Assert.That(world.Shop.Services.GetRequiredService<IPipelineStatus>().LogNextOffset, Is.EqualTo(2), "one event, one tick");
        Assert.That(world.LogClock.NowMs, Is.EqualTo(Due), "the log's clock stands still while nothing happens");
    }

    [Test]
    public async Task A_deadline_that_passes_while_the_process_is_down_is_met_after_the_start()
    {
        await using var world = await ClockShop.StartAsync();
        await world.ViewAsync("anna", "tent");
        world.Clock.Advance(TimeSpan.FromHours(1));

        await world.RestartAsync();
        var clock = world.LogClock.NowMs;
        var isWritten = await world.LookAsync();

        Assert.That(clock, Is.EqualTo(Start), "the log's clock goes on where it was");
        Assert.That(isWritten, "the deadline was kept");
        Assert.That(world.Trace, Is.EqualTo($"e0 t{Start + 3_600_000} d0@{Due}"));
    }

    [Test]
    public async Task A_replay_sees_the_same_time_pass_between_the_same_events()
    {
        await using var world = await ClockShop.StartAsync();
        var chance = new Random(20_28);
        for (var i = 0; i < 60; i++)
        {
            world.Clock.Advance(TimeSpan.FromMilliseconds(chance.Next(40_000)));
            if (chance.Next(3) == 0)
            {
                await world.LookAsync();
            }
            else
            {
                await world.ViewAsync($"shopper-{chance.Next(6)}", $"item-{i}");
            }

            if (i == 30)
            {
                await world.RestartAsync();
            }
        }

        var (lived, clock) = (world.Trace, world.LogClock.NowMs);
        world.Clock.Advance(TimeSpan.FromDays(3));
        await world.RestartAsync(forget: true);

        Assert.That(lived.Split(' ').Count(line => line[0] == 'd'), Is.GreaterThan(10), "deadlines passed");
        Assert.That(world.Trace, Is.EqualTo(lived));
        Assert.That(world.LogClock.NowMs, Is.EqualTo(clock));
    }

    [Test]
    public async Task A_clock_that_was_set_back_neither_turns_time_back_nor_keeps_what_is_due_waiting()
    {
        await using var world = await ClockShop.StartAsync("--Personalization:Tracking:Partitions=2");
        await world.ViewAsync("anna", "tent");
        await world.ViewAsync("ben", "stove");
        world.Clock.Advance(TimeSpan.FromSeconds(70));
        await world.ViewAsync("anna", "lamp");
        world.Clock.Advance(TimeSpan.FromSeconds(-3_600));

        var isWritten = await world.LookAsync();

        Assert.That(isWritten, "the log has passed Ben's deadline, and his partition has not heard of it");
        Assert.That(world.Trace, Is.EqualTo($"e0 t{Start + 70_000} d0@{Due} e2|e1 t{Start + 70_000} d1@{Due}"));
    }

    [Test]
    public async Task A_stage_that_fails_on_a_time_loses_no_event_and_no_deadline()
    {
        await using var world = await ClockShop.StartAsync();
        await world.ViewAsync("anna", "tent");
        world.Clock.Advance(TimeSpan.FromSeconds(61));
        world.Stage.Failures = 1;

        await world.ViewAsync("ben", "stove");
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        await world.LookAsync();

        Assert.That(world.Trace, Is.EqualTo($"e0 e1 t{Start + 71_000} d0@{Due}"));
    }

    [Test]
    public async Task Imported_events_tell_the_time_of_their_arrival_not_their_own()
    {
        await using var world = await ClockShop.StartAsync();
        await world.ViewAsync("anna", "tent");
        var past = """{"type":"track","event":"Product Viewed","anonymousId":"ben","messageId":"old","timestamp":"2019-05-05T05:05:05Z","properties":{"product_id":"tent"}}""";
        world.Clock.Advance(TimeSpan.FromSeconds(61));

        using var response = await world.Shop.Server.PostAsync("/v1/import?source=shop&format=ndjson", new StringContent(past, System.Text.Encoding.UTF8, "application/x-ndjson"));
        await world.Shop.SettleAsync();

        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.That(world.Trace, Is.EqualTo($"e0 t{Start + 61_000} d0@{Due} e1"));
    }
}
