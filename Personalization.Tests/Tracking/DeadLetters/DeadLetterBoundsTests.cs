using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Pipeline.DeadLetters;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>The store stays within its size and age, and says what that has cost.</summary>
[Parallelizable]
internal sealed class DeadLetterBoundsTests : LetterShop
{
    private const int MaxBytes = 400 * 1024;
    private readonly ManualClock _clock = new();

    protected override string[] Settings =>
    [
        .. base.Settings,
        $"--Personalization:Tracking:DeadLetters:MaxBytes={MaxBytes}",
        "--Personalization:Tracking:DeadLetters:MaxStrangerBytes=4000",
        "--Personalization:Tracking:DeadLetters:MaxBodyBytes=20000",
        "--Personalization:Tracking:DeadLetters:ExpiryIntervalSeconds=1",
    ];

    protected override void Configure(IServiceCollection services) => services.AddSingleton<TimeProvider>(_clock);

    [Test]
    public async Task Beyond_its_size_the_oldest_go_first_and_the_file_stays_small()
    {
        for (var i = 0; i < 60; i++)
        {
            await PostAsync("/v1/track", $$"""{"anonymousId":"a{{i}}","messageId":"m{{i}}","filler":"{{new string('x', 16_000)}}"}""");
        }

        var kept = (await ListAsync("?limit=1000")).Select(letter => letter.Text("messageId")).ToList();
        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters/summary"));
        Assert.That(kept, Has.Count.InRange(15, 25));
        Assert.That(kept, Is.EqualTo(Enumerable.Range(0, 60).Reverse().Take(kept.Count).Select(i => $"m{i}")));
        Assert.That(summary.GetProperty("expired").GetProperty("invalid").GetInt32(), Is.EqualTo(60 - kept.Count));
        Assert.That(summary.GetProperty("bytes").GetInt64(), Is.LessThanOrEqualTo(MaxBytes));
        Assert.That(summary.GetProperty("fileBytes").GetInt64(), Is.LessThan(2 * MaxBytes));
    }

    [Test]
    public async Task A_body_beyond_its_bound_is_cut_and_can_be_replaced()
    {
        await PostAsync("/v1/track", $$"""{"anonymousId":"ann","messageId":"m1","filler":"{{new string('x', 30_000)}}"}""");

        var letter = await OnlyAsync();
        Assert.That(letter.GetProperty("isTruncated").GetBoolean());
        Assert.That(letter.GetProperty("bytes").GetInt32(), Is.EqualTo(20_000));
        await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{letter.Id()}/body", new string('x', 20_001), HttpStatusCode.RequestEntityTooLarge);
        await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{letter.Id()}/body", ShopEvents.View("ann", "tent"));
        await ReplayAsync(letter.Id());
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task Letters_expire_at_their_age()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"old"}""");
        _clock.Advance(TimeSpan.FromDays(6));
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"new"}""");

        _clock.Advance(TimeSpan.FromDays(1.5));
        await UntilAsync(async () => (await ListAsync()).Count == 1);

        Assert.That((await OnlyAsync()).Text("messageId"), Is.EqualTo("new"));
        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters/summary"));
        Assert.That(summary.GetProperty("expired").GetProperty("invalid").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Strangers_fill_their_share_and_no_more()
    {
        for (var i = 0; i < 40; i++)
        {
            Assert.That(await PostAsync("/v1/track", $$"""{"stranger":"{{new string('x', 500)}}"}""", "nobody"), Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");

        Assert.That(await ListAsync("?reason=unauthenticated"), Has.Count.InRange(1, 5));
        Assert.That(await ListAsync("?source=shop"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task One_change_that_cannot_be_written_does_not_take_its_neighbours_along()
    {
        var queue = Shop.Services.GetRequiredService<LetterQueue>();
        using var mayGo = new ManualResetEventSlim();
        var failing = new LetterWrite(_ => throw new IOException("full"));
        var neighbour = new LetterWrite(static _ => { });

        queue.AddAlways(new LetterWrite(_ => mayGo.Wait()));
        queue.AddAlways(failing);
        queue.AddAlways(neighbour);
        mayGo.Set();

        Assert.That((await failing.Done, await neighbour.Done), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task While_the_disk_refuses_letters_the_client_is_told_to_come_again_and_events_are_applied()
    {
        Execute("ALTER TABLE tracking_dead_letter RENAME TO out_of_reach");
        var refused = await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        var views = await ViewsAsync("ann");

        Execute("ALTER TABLE out_of_reach RENAME TO tracking_dead_letter");
        var kept = await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");

        Assert.That((refused, kept), Is.EqualTo((HttpStatusCode.TooManyRequests, HttpStatusCode.BadRequest)));
        Assert.That(views, Is.EqualTo(1));
        Assert.That((await OnlyAsync()).Text("messageId"), Is.EqualTo("m1"));
    }

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Folder, "dead_letters.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var attempt = 0; attempt < 200 && !await condition(); attempt++)
        {
            await Task.Delay(50);
        }
    }

    /// <summary>The system's clock, moved ahead.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private TimeSpan _ahead;

        public void Advance(TimeSpan by) => _ahead += by;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;
    }
}
