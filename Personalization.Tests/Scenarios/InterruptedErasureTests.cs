using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Erasures that meet a disk that refuses, and events that are on their way in.</summary>
[Parallelizable]
internal sealed class InterruptedErasureTests
{
    private const string Canary = "tlacuache-canary-5150";
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("log")]
    [TestCase("identity/identifiers")]
    [TestCase("checkpoint")]
    [TestCase("files")]
    public async Task What_failed_half_way_is_finished_by_the_next_look(string step)
    {
        var probe = new FailingProbe(step);
        await using (var shop = await ShopServer.StartWithAsync(_folder.Path, services => services.AddSingleton<IErasureProbe>(probe)))
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View(Canary, "tent"), ShopEvents.View("ann", "stove")]));
            await shop.SettleAsync();
            using var failed = await shop.Server.DeleteAsync($"/v1/profiles/{await ProfileAsync(shop)}");
            Assert.That(failed.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
            await shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "lamp", "late"));
            using var early = await shop.Server.DeleteAsync($"/v1/privacy/suppressions/{(await TombstoneAsync(shop)).GetProperty("requestId").GetString()}?reason=asked");
            Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "until it is erased nothing may come in");

            probe.Heal();
            await shop.Services.GetRequiredService<Erasure>().TidyAsync(CancellationToken.None);

            var tombstone = await TombstoneAsync(shop);
            Assert.That(tombstone.GetProperty("state").GetInt32(), Is.EqualTo((int)TombstoneState.Erased));
            Assert.That(tombstone.GetProperty("withheld").GetInt64(), Is.EqualTo(1));
            Assert.That((await shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
        }

        Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Empty);
    }

    [Test]
    public async Task An_event_that_had_passed_the_door_is_not_applied_and_leaves_the_log()
    {
        await using (var shop = await ShopServer.StartAsync(_folder.Path))
        {
            var sequencer = shop.Services.GetRequiredService<Sequencer>();
            var key = shop.Services.GetRequiredService<KeyHasher>().Hash(KeySpace.AnonymousId, Encoding.UTF8.GetBytes(Canary));
            await sequencer.AtRestAsync(
                async () =>
                {
                    // In the log, and nobody has looked at it: then its person is suppressed.
                    await shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "tent"));
                    shop.Services.GetRequiredService<ISuppressionList>().Suppress("r-1", [key]);
                },
                CancellationToken.None);
            await shop.SettleAsync();
            Assert.That((await shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.Empty);
            Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Not.Empty, "its content is there still");

            await shop.Services.GetRequiredService<Erasure>().TidyAsync(CancellationToken.None);

            Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Empty);
            Assert.That(await shop.Server.GetStringAsync("/v1/dead-letters"), Does.Not.Contain(Canary));
            Assert.That((await TombstoneAsync(shop)).GetProperty("withheld").GetInt64(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task The_same_request_twice_answers_what_was_done()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);
        await shop.TrackAsync("/v1/track", ShopEvents.View(Canary, "tent"));
        await shop.SettleAsync();
        var erasure = shop.Services.GetRequiredService<IErasure>();
        var subject = new ErasureSubject(new HashSet<int> { await ProfileAsync(shop) }, [0], new HashSet<UInt128>());

        var first = await erasure.EraseAsync("r-1", () => subject, CancellationToken.None);
        var second = await erasure.EraseAsync("r-1", () => throw new InvalidOperationException("It is done."), CancellationToken.None);

        Assert.That(second.Receipts, Is.EqualTo(first.Receipts));
        Assert.That((second.RequestId, second.Events), Is.EqualTo(("r-1", 1)));
    }

    [Test]
    public async Task Logs_tell_nothing_of_a_person()
    {
        var log = _folder.File("host.log");
        await using (var shop = await ShopServer.StartAsync(
            _folder.Path,
            "--Serilog:MinimumLevel:Override:Personalization=Debug",
            "--Serilog:WriteTo:9:Name=File",
            $"--Serilog:WriteTo:9:Args:path={log}"))
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View(Canary, "tent"), new { anonymousId = Canary }, ShopEvents.Identify($"user-{Canary}", Canary)]));
            using var broken = await shop.Client.PostAsync("/v1/track", ShopServer.Json("{\"userId\":\"" + Canary + "\",,"));
            await shop.RecommendAsync($"recently-viewed?anonymousId={Canary}");
            await shop.SettleAsync();
            using var erased = await shop.Server.DeleteAsync($"/v1/profiles/{await ProfileAsync(shop)}");
            erased.EnsureSuccessStatusCode();
        }

        Assert.That(new FileInfo(log).Length, Is.Positive, "nothing was logged, so that the test tells nothing");
        Assert.That(DiskSearch.Find(_folder.Path, DiskSearch.Texts(Canary)), Is.Empty);
    }

    private static async Task<int> ProfileAsync(ShopServer shop) =>
        JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={Canary}")).GetProperty("profileId").GetInt32();

    private static async Task<JsonElement> TombstoneAsync(ShopServer shop) =>
        JsonElement.Parse(await shop.Server.GetStringAsync("/v1/privacy/suppressions")).GetProperty("suppressions").EnumerateArray().Single();

    private sealed class FailingProbe(string step) : IErasureProbe
    {
        private volatile bool _isHealed;

        public void Passed(string passed)
        {
            if (passed == step && !_isHealed)
            {
                throw new IOException("The disk is full.");
            }
        }

        public void Heal() => _isHealed = true;
    }
}
