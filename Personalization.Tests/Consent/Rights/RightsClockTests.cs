using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Personalization.Tests.Consent.Rights;

/// <summary>Terms, links and evidence as time goes by.</summary>
[Parallelizable]
internal sealed class RightsClockTests : RightsTests
{
    private readonly JumpingClock _clock = new();

    [SetUp]
    public async Task StartOnTheClockAsync()
    {
        _clock.Ahead = TimeSpan.Zero;
        await StartOnAsync(services => services.AddSingleton<TimeProvider>(_clock));
        await PlantAsync();
    }

    [Test]
    public async Task A_link_expires_and_its_file_goes()
    {
        var done = await CompleteAsync("access");
        var link = done.GetProperty("export").GetProperty("link").GetString()!;

        _clock.Ahead = TimeSpan.FromHours(169);
        using var expired = await Shop.Client.GetAsync(link);

        Assert.That(expired.StatusCode, Is.EqualTo(HttpStatusCode.Gone).Or.EqualTo(HttpStatusCode.NotFound));
        await UntilAsync(() => Task.FromResult(Directory.GetFiles(Path.Combine(Folder, "exports")).Length == 0), () => "the file is still there");
        var request = await RequestAsync(done.GetProperty("id").GetString()!);
        Assert.That(request.GetProperty("export").GetProperty("ended").GetString(), Is.EqualTo("expired"));
        Assert.That(request.GetProperty("export").GetProperty("link").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task After_its_term_a_request_is_overdue_and_cannot_be_extended_any_more()
    {
        var request = await CreateAsync(Body("access", "needed"));
        var id = request.GetProperty("id").GetString()!;

        _clock.Ahead = TimeSpan.FromDays(32);
        var (status, _, response) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/extend", new { reason = "Too late" });
        response.Dispose();

        Assert.That(status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await RequestAsync(id)).GetProperty("isOverdue").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Evidence_is_kept_for_its_time_and_then_goes()
    {
        var id = (await CompleteAsync("erasure")).GetProperty("id").GetString()!;

        _clock.Ahead = TimeSpan.FromDays(1_000);
        await CompleteAsync("erasure");
        Assert.That((await RequestAsync(id)).GetProperty("state").GetString(), Is.EqualTo("completed"));
        _clock.Ahead = TimeSpan.FromDays(1_100);

        await UntilAsync(
            async () =>
            {
                using var found = await Shop.Server.GetAsync($"/v1/privacy/requests/{id}");
                return found.StatusCode == HttpStatusCode.NotFound;
            },
            () => "the request is still there");
    }

    [Test]
    public async Task A_clock_that_is_set_back_loses_no_request()
    {
        _clock.Ahead = TimeSpan.FromDays(10);
        var request = await CreateAsync(Body("erasure", "needed"));
        _clock.Ahead = TimeSpan.Zero;
        var (_, _, response) = await SendAsync(
            HttpMethod.Post, $"/v1/privacy/requests/{request.GetProperty("id").GetString()}/verify", new { result = "verified", method = "letter" });
        response.Dispose();
        Assert.That((await RequestAsync(request.GetProperty("id").GetString()!)).GetProperty("state").GetString(), Is.EqualTo("pending"), "its window is not over");

        _clock.Ahead = TimeSpan.FromDays(10) + TimeSpan.FromMinutes(1);

        await UntilAsync(request.GetProperty("id").GetString()!, "completed");
    }

    private static object Body(string type, string verification = "by_controller") =>
        new { type, verification, identities = new[] { new { kind = "user_id", value = Canary } } };

    private async Task<JsonElement> CompleteAsync(string type) =>
        await UntilAsync((await CreateAsync(Body(type))).GetProperty("id").GetString()!, "completed");

    /// <summary>The system's clock, and as far ahead of it as the test says. Timers run as ever.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private long _aheadTicks;

        public TimeSpan Ahead
        {
            get => TimeSpan.FromTicks(Volatile.Read(ref _aheadTicks));
            set => Volatile.Write(ref _aheadTicks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
