using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Host.Cli;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Backups that are made under load, come back, and do not bring erased people back.</summary>
[Parallelizable]
internal sealed class BackupTests
{
    private const string Canary = "axolotl-canary-2718";
    private TemporaryFolder _data;
    private TemporaryFolder _backups;

    private string[] Setting => [$"--Personalization:Backup:Directory={_backups.Path}"];

    [SetUp]
    public void CreateFolders() => (_data, _backups) = (new TemporaryFolder(), new TemporaryFolder());

    [TearDown]
    public void DeleteFolders()
    {
        _data.Dispose();
        _backups.Dispose();
    }

    [Test]
    public async Task A_restored_backup_does_not_bring_an_erased_person_back()
    {
        var needles = DiskSearch.Texts(Canary, "user-" + Canary);
        await using (var shop = await ShopServer.StartAsync(_data.Path, Setting))
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch(
                [ShopEvents.View(Canary, "tent"), ShopEvents.View("ann", "stove"), ShopEvents.Identify("user-" + Canary, Canary)]));
            using var refused = await shop.Client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch([new { anonymousId = Canary }])));
            await shop.SettleAsync();
            await BackupAsync(shop, "before");
            await EraseAsync(shop, Canary);
            await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "lamp"));
        }

        Assert.That(DiskSearch.Find(_backups.Path, needles), Is.Not.Empty, "the backup is from before the erasure");
        Assert.That(DiskSearch.Find(_data.Path, needles), Is.Empty);
        Assert.That(Restore("before", "--replace"), Is.Zero);
        Assert.That(DiskSearch.Find(_data.Path, needles), Is.Not.Empty, "the old files hold the person");

        await using (var shop = await ShopServer.StartAsync(_data.Path, Setting))
        {
            Assert.That((await shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }), "the lamp came after the backup");
            Assert.That((await shop.RecommendAsync($"recently-viewed?anonymousId={Canary}")).Ids(), Is.Empty);
            Assert.That(await shop.Server.GetStringAsync("/v1/dead-letters"), Does.Not.Contain(Canary));
            var tombstone = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/privacy/suppressions")).GetProperty("suppressions")[0];
            Assert.That(tombstone.GetProperty("reappliedAt").ValueKind, Is.EqualTo(JsonValueKind.String));
        }

        Assert.That(DiskSearch.Find(_data.Path, needles), Is.Empty);
    }

    [Test]
    public async Task Another_persons_events_on_a_device_that_changed_hands_survive_the_restore()
    {
        await using (var shop = await ShopServer.StartAsync(_data.Path, Setting))
        {
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch(
            [
                ShopEvents.Identify("bob", "tablet"),
                new { type = "track", @event = "Product Viewed", userId = "bob", anonymousId = "tablet", messageId = "m1", properties = new { product_id = "stove" } },
            ]));
            await shop.SettleAsync();
            await BackupAsync(shop, "before");
            await shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.Identify(Canary, "tablet"), ShopEvents.View("tablet", "tent")]));
            await shop.SettleAsync();
            var lookup = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?userId={Canary}"));
            using var erased = await shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");
            erased.EnsureSuccessStatusCode();
        }

        Assert.That(Restore("before", "--replace"), Is.Zero);

        await using var again = await ShopServer.StartAsync(_data.Path, Setting);
        Assert.That((await again.RecommendAsync("recently-viewed?userId=bob")).Ids(), Is.EqualTo(new[] { "stove" }));
    }

    [Test]
    public async Task A_backup_is_one_moment_of_all_files_while_events_come_in()
    {
        using var stopping = new CancellationTokenSource();
        await using (var shop = await ShopServer.StartAsync(_data.Path, Setting))
        {
            var sending = SendAsync(shop, stopping.Token);
            await BackupAsync(shop, "first");
            await BackupAsync(shop, "second");
            await stopping.CancelAsync();
            await sending;
        }

        foreach (var name in new[] { "first", "second" })
        {
            using var restored = new TemporaryFolder();
            Assert.That(RestoreCommand.Run(["restore", "--from", Path.Combine(_backups.Path, name), "--data", restored.Path], TextWriter.Null, Console.Error), Is.Zero);
            await using var shop = await ShopServer.StartAsync(restored.Path);
            var summary = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/log/summary"));
            var views = 0L;
            for (var shopper = 0; shopper < 5; shopper++)
            {
                using var found = await shop.Server.GetAsync($"/v1/profiles/lookup?anonymousId=shopper-{shopper}");
                views += found.IsSuccessStatusCode
                    ? JsonElement.Parse(await found.Content.ReadAsStringAsync()).GetProperty("counters").GetProperty("views").GetInt64()
                    : 0;
            }

            Assert.That(views, Is.EqualTo(summary.GetProperty("nextOffset").GetInt64()), "every event of the log counts exactly once");
        }
    }

    [Test]
    public async Task A_damaged_backup_or_one_that_would_replace_unasked_changes_nothing()
    {
        await using (var shop = await ShopServer.StartAsync(_data.Path, Setting))
        {
            await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "stove"));
            await BackupAsync(shop, "whole");
            await BackupAsync(shop, "damaged");
            Assert.That(Restore("whole", "--replace"), Is.EqualTo(1), "a host runs on the files");
        }

        var log = Path.Combine(_backups.Path, "damaged", "log.db");
        var bytes = await File.ReadAllBytesAsync(log);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(log, bytes);

        Assert.That(Restore("whole"), Is.EqualTo(1), "there is an installation");
        Assert.That(Restore("damaged", "--replace"), Is.EqualTo(1));
        Assert.That(Restore("nothing-there", "--replace"), Is.EqualTo(1));
        Assert.That(RestoreCommand.Run(["restore", "--whatever"], TextWriter.Null, TextWriter.Null), Is.EqualTo(2));
        await using var again = await ShopServer.StartAsync(_data.Path, Setting);
        Assert.That((await again.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
    }

    [TestCase("../outside")]
    [TestCase("/tmp/outside")]
    [TestCase("a/b")]
    [TestCase("..")]
    [TestCase(".hidden")]
    [TestCase("")]
    [TestCase("a b")]
    public async Task A_name_that_could_leave_the_folder_is_refused(string name)
    {
        await using var shop = await ShopServer.StartAsync(_data.Path, Setting);

        using var answer = await shop.Server.PostAsync("/v1/backups", ShopServer.Json(new { name }));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Directory.EnumerateFileSystemEntries(_backups.Path), Is.Empty);
    }

    [Test]
    public async Task Without_a_folder_no_backup_is_made_and_a_name_is_given_once()
    {
        await using (var shop = await ShopServer.StartAsync(_data.Path))
        {
            using var unconfigured = await shop.Server.PostAsync("/v1/backups", ShopServer.Json(new { }));
            Assert.That(unconfigured.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        }

        await using var again = await ShopServer.StartAsync(_data.Path, Setting);
        await BackupAsync(again, "nightly");
        using var taken = await again.Server.PostAsync("/v1/backups", ShopServer.Json(new { name = "nightly" }));
        using var stranger = await again.Client.PostAsync("/v1/backups", ShopServer.Json(new { name = "mine" }));
        var listed = JsonElement.Parse(await again.Server.GetStringAsync("/v1/backups")).GetProperty("backups");

        Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(stranger.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(listed.EnumerateArray().Select(backup => backup.GetProperty("name").GetString()), Is.EqualTo(new[] { "nightly" }));
        Assert.That(listed[0].GetProperty("files").EnumerateArray().Select(file => file.GetProperty("name").GetString()), Has.None.EqualTo("privacy.db").And.Some.EqualTo("log.db"));
    }

    [Test]
    public void A_folder_within_the_data_directory_is_no_place_for_backups() =>
        Assert.That(
            async () => await ShopServer.StartAsync(_data.Path, $"--Personalization:Backup:Directory={_data.File("backups")}"),
            Throws.Exception.With.Message.Contains("must not lie within the data directory"));

    private static async Task BackupAsync(ShopServer shop, string name)
    {
        using var answer = await shop.Server.PostAsync("/v1/backups", ShopServer.Json(new { name }));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
    }

    private static async Task EraseAsync(ShopServer shop, string anonymousId)
    {
        var lookup = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={anonymousId}"));
        using var erased = await shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");
        erased.EnsureSuccessStatusCode();
    }

    private static async Task SendAsync(ShopServer shop, CancellationToken stopping)
    {
        for (var number = 0; !stopping.IsCancellationRequested; number++)
        {
            await shop.TrackAsync("/v1/track", ShopEvents.View($"shopper-{number % 5}", $"item-{number % 7}", $"m{number}"));
        }
    }

    private int Restore(string name, params string[] more) =>
        RestoreCommand.Run(["restore", "--from", Path.Combine(_backups.Path, name), "--data", _data.Path, .. more], TextWriter.Null, Console.Error);
}
