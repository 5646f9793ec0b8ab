using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Decisioning;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class EventLogTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Offsets_are_consecutive_and_applied_in_order()
    {
        await using var host = await KernelHost.StartAsync(_folder.Path);

        var offsets = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => host.AppendAsync(i, i)));
        await host.Status.WaitUntilAppliedAsync(CancellationToken.None);

        Assert.That(offsets.Order(), Is.EqualTo(Enumerable.Range(0, 500).Select(i => i * 2L)));
        Assert.That(host.Handler.Applied.Select(applied => applied.Offset), Is.EqualTo(Enumerable.Range(0, 1_000).Select(i => (long)i)));
    }

    [Test]
    public async Task What_was_acknowledged_is_replayed_after_a_restart()
    {
        await using (var first = await KernelHost.StartAsync(_folder.Path))
        {
            for (var i = 0; i < 50; i++)
            {
                await first.AppendAsync(i);
            }
        }

        await using var second = await RestartWithoutCheckpointAsync();
        await second.Status.WaitUntilAppliedAsync(CancellationToken.None);

        Assert.That(second.Status.LogNextOffset, Is.EqualTo(50));
        Assert.That(second.Handler.Applied, Is.EqualTo(Enumerable.Range(0, 50).Select(i => ((long)i, (long)i))));
    }

    [Test]
    public async Task Blocks_large_enough_to_be_compressed_come_back_as_they_were()
    {
        var numbers = Enumerable.Range(0, 5_000).Select(i => (long)i * i).ToArray();
        await using (var first = await KernelHost.StartAsync(_folder.Path))
        {
            await first.AppendAsync(numbers);
        }

        await using var second = await RestartWithoutCheckpointAsync();
        await second.Status.WaitUntilAppliedAsync(CancellationToken.None);

        Assert.That(second.Handler.Applied.Select(applied => applied.Number), Is.EqualTo(numbers));
    }

    [Test]
    public void A_full_lane_refuses_and_says_so_while_the_critical_lane_has_room()
    {
        var options = new LogOptions { LaneEntries = 2 };
        using var lanes = new AdmissionLanes(options);

        var bulk = Enumerable.Range(0, 3).Select(i => lanes.TryAdd(new NumberEntry(i))).ToList();
        var critical = lanes.TryAdd(new NumberEntry(9) { IsCritical = true });

        Assert.That(bulk, Is.EqualTo(new[] { Admission.Accepted, Admission.Accepted, Admission.LaneFull }));
        Assert.That(critical, Is.EqualTo(Admission.Accepted));
        Assert.That(lanes.TryTake(out var first) && first.IsCritical, "the critical entry overtakes");
    }

    [Test]
    public void A_lane_is_bounded_in_bytes_too()
    {
        var options = new LogOptions { LaneBytes = 100 };
        using var lanes = new AdmissionLanes(options);

        Assert.That(lanes.TryAdd(new NumberEntry(new long[12])), Is.EqualTo(Admission.Accepted));
        Assert.That(lanes.TryAdd(new NumberEntry(1)), Is.EqualTo(Admission.LaneFull));
        Assert.That(lanes.TryTake(out _));
        Assert.That(lanes.TryAdd(new NumberEntry(1)), Is.EqualTo(Admission.Accepted));
    }

    [Test]
    public void Bulk_waits_while_it_is_held_and_what_is_critical_goes_ahead()
    {
        using var lanes = new AdmissionLanes(new LogOptions());
        lanes.TryAdd(new NumberEntry(1));
        lanes.TryAdd(new NumberEntry(2) { IsCritical = true });

        Assert.That(lanes.Wait(static () => true, TimeSpan.FromMinutes(1)));
        Assert.That(lanes.TryTake(out var first) && first.IsCritical);
        Assert.That(lanes.TryTake(out _), Is.False, "bulk is held");

        Assert.That(lanes.Wait(static () => false, TimeSpan.FromMinutes(1)));
        Assert.That(lanes.TryTake(out var second) && !second.IsCritical);
    }

    [Test]
    public async Task Held_bulk_goes_as_soon_as_the_stages_have_caught_up()
    {
        using var lanes = new AdmissionLanes(new LogOptions());
        lanes.TryAdd(new NumberEntry(1));
        var (isHeld, asked) = (true, new TaskCompletionSource());

        var waiting = Task.Run(() => lanes.Wait(Holds, TimeSpan.FromMinutes(10)));
        await asked.Task;
        Assert.That(waiting.IsCompleted, Is.False);
        Volatile.Write(ref isHeld, false);
        lanes.Wake();

        Assert.That(await waiting);
        Assert.That(lanes.TryTake(out _));

        bool Holds()
        {
            asked.TrySetResult();
            return Volatile.Read(ref isHeld);
        }
    }

    [Test]
    public void Bulk_is_held_no_longer_than_a_moment_and_not_while_the_log_stops()
    {
        using var lanes = new AdmissionLanes(new LogOptions());
        lanes.TryAdd(new NumberEntry(1));

        Assert.That(lanes.Wait(static () => true, TimeSpan.FromMilliseconds(1)));
        Assert.That(lanes.TryTake(out _), "the stages are no nearer, and bulk goes to the disk all the same");

        lanes.TryAdd(new NumberEntry(2));
        lanes.Close();
        Assert.That(lanes.Wait(static () => true, TimeSpan.FromMinutes(10)));
        Assert.That(lanes.TryTake(out _));
        Assert.That(lanes.Wait(static () => true, TimeSpan.FromMinutes(10)), Is.False);
    }

    [Test]
    public void What_is_critical_does_not_keep_held_bulk_waiting_for_longer()
    {
        var clock = new FakeClock();
        clock.Advance(TimeSpan.FromSeconds(1));
        using var lanes = new AdmissionLanes(new LogOptions(), clock);
        lanes.TryAdd(new NumberEntry(1));
        var patience = TimeSpan.FromMinutes(1);
        for (var i = 0; i < 3; i++)
        {
            lanes.TryAdd(new NumberEntry(2) { IsCritical = true });
            Assert.That(lanes.Wait(static () => true, patience));
            Assert.That(lanes.TryTake(out var first) && first.IsCritical);
            Assert.That(lanes.TryTake(out _), Is.False, "bulk is held");
            clock.Advance(TimeSpan.FromSeconds(25));
        }

        lanes.TryAdd(new NumberEntry(3) { IsCritical = true });
        Assert.That(lanes.Wait(static () => true, patience));
        Assert.That(lanes.TryTake(out _));
        Assert.That(lanes.TryTake(out var second) && !second.IsCritical, "a minute is over");
    }

    [Test]
    public void The_tail_tells_when_the_stages_fall_behind_and_when_they_are_near_again()
    {
        var tail = new LogTail(capacity: 8);
        var relieved = 0;
        tail.Relieved = () => relieved++;
        for (var i = 0; i < 3; i++)
        {
            Assert.That(tail.IsFarBehind, Is.False);
            tail.Publish(new NumberEntry(i));
        }

        Assert.That(tail.IsFarBehind, "three of eight are more than a quarter");
        Assert.That(tail.TryTake(out _) && tail.TryTake(out _) && tail.TryTake(out _) && !tail.TryTake(out _));
        Assert.That((tail.IsFarBehind, relieved), Is.EqualTo((false, 1)));

        var byBytes = new LogTail(capacity: 1_000, maxBytes: 1_000);
        byBytes.Publish(new NumberEntry(new long[40]));
        Assert.That(byBytes.IsFarBehind, "320 of 1,000 bytes");
    }

    [Test]
    public async Task A_stopping_log_commits_what_it_accepted_and_refuses_the_rest()
    {
        var host = await KernelHost.StartAsync(_folder.Path);
        var log = host.Log;
        var accepted = new NumberEntry(7);
        Assert.That(log.TryAppend(accepted), Is.EqualTo(Admission.Accepted));

        await host.DisposeAsync();

        Assert.That(await accepted.Committed, Is.Zero);
        Assert.That(log.TryAppend(new NumberEntry(8)), Is.EqualTo(Admission.Stopping));
    }

    [Test]
    public async Task A_sequencer_that_falls_behind_the_tail_reads_the_rest_from_disk()
    {
        await using var host = await KernelHost.StartAsync(_folder.Path, settings: new() { ["Log:TailEntries"] = "1" });

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => host.AppendAsync(i)));
        await host.Status.WaitUntilAppliedAsync(CancellationToken.None);

        Assert.That(host.Handler.Applied.Select(applied => applied.Offset), Is.EqualTo(Enumerable.Range(0, 2_000).Select(i => (long)i)));
    }

    [Test]
    public async Task Erased_events_leave_the_log_and_the_others_keep_their_offsets()
    {
        await using (var first = await KernelHost.StartAsync(_folder.Path))
        {
            await first.AppendAsync([.. Enumerable.Range(100, 4_000).Select(i => (long)i)]);
            await first.AppendAsync(1, 2, 3);

            Assert.That(first.Get<LogRewriter>().Erase([5, 3_999, 4_001]), Is.EqualTo(2));
        }

        await using var second = await RestartWithoutCheckpointAsync();
        await second.Status.WaitUntilAppliedAsync(CancellationToken.None);
        var numbers = second.Handler.Applied.ToDictionary(applied => applied.Offset, applied => applied.Number);

        Assert.That(numbers, Has.Count.EqualTo(4_003));
        Assert.That(new[] { numbers[5], numbers[3_999], numbers[4_001] }, Is.All.Zero);
        Assert.That(new[] { numbers[4], numbers[6], numbers[4_000], numbers[4_002] }, Is.EqualTo(new[] { 104L, 106, 1, 3 }));
    }

    /// <summary>Derived state can be thrown away: what is left is the log.</summary>
    private Task<KernelHost> RestartWithoutCheckpointAsync()
    {
        foreach (var file in Directory.GetFiles(_folder.Path, "checkpoints.db*"))
        {
            File.Delete(file);
        }

        return KernelHost.StartAsync(_folder.Path);
    }
}
