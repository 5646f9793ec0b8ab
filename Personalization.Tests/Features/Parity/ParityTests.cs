using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Host.Cli;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Parity;

/// <summary>What a shop knows is what a replay of its log comes to, and what is not is found.</summary>
[Parallelizable]
internal sealed class ParityTests : ShopTests
{
    [Test]
    public async Task What_a_shop_knows_is_what_its_log_says()
    {
        await LiveAsync();
        await new ParityTraffic(Shop, seed: 1).DefineAsync();
        await RestartAsync();
        await LiveAsync();

        var report = await VerifyAsync();

        Assert.That(report.GetProperty("verdict").GetString(), Is.EqualTo("same"), report.ToString());
        var rows = report.GetProperty("tables").EnumerateArray().Where(table => table.GetProperty("file").GetString() == "features")
            .ToDictionary(table => table.GetProperty("table").GetInt32(), table => table.GetProperty("liveRows").GetInt64());
        Assert.That(new[] { 35, 60, 70, 71, 72, 112, 113, 118 }.Select(table => rows.GetValueOrDefault(table)), Has.All.Positive, "traits, definitions, declared features, lists and what has an end are compared");
        Assert.That(report.GetProperty("tables").EnumerateArray().Sum(table => table.GetProperty("liveRows").GetInt64()), Is.GreaterThan(100));
        Assert.That(Directory.GetDirectories(Path.Combine(Folder, "replay")), Is.Empty, "copies of what is known are not left behind");
    }

    [Test]
    public async Task Partitions_that_overtake_each_other_change_nothing_but_what_says_so()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, "--Personalization:Tracking:Partitions=4");
        await new ParityTraffic(shop, seed: 4).RunAsync(rounds: 120);
        await shop.SettleAsync();

        var report = await VerifyAsync(shop);

        Assert.That(report.GetProperty("verdict").GetString(), Is.EqualTo("same"), report.ToString());
        var notCompared = report.GetProperty("tables").EnumerateArray().Where(table => table.GetProperty("form").GetString() == "notCompared");
        Assert.That(
            notCompared.Where(table => table.GetProperty("file").GetString() == "decisioning").Select(table => table.GetProperty("table").GetInt32()),
            Is.EqualTo(new[] { 1, 2, 4, 6, 8, 9, 21 }));
    }

    [Test]
    public async Task A_row_that_is_not_what_the_log_says_is_found_and_named()
    {
        await LiveAsync();
        await StopAsync();
        var profile = Spoil("features", "UPDATE checkpoint_row SET value = CAST(substr(value, 1, 9) || x'7F' || substr(value, 11) AS BLOB) WHERE table_id = 1 AND key = (SELECT min(key) FROM checkpoint_row WHERE table_id = 1) RETURNING key");
        var item = Spoil("decisioning", "DELETE FROM checkpoint_row WHERE table_id = 8 AND key = (SELECT max(key) FROM checkpoint_row WHERE table_id = 8) RETURNING key");
        var link = Spoil("identity", "INSERT INTO checkpoint_row SELECT table_id, max(key) + 1, value FROM checkpoint_row WHERE table_id = 8 RETURNING key");

        var (code, _, errors) = await CommandAsync("verify", "--data", Folder);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("3 rows differ"));
        Assert.That(errors, Does.Contain($"features.db table 1 key {profile}: different from byte 9 on"));
        Assert.That(errors, Does.Contain($"decisioning.db table 8 key {item}: missing"));
        Assert.That(errors, Does.Contain($"identity.db table 8 key {link}: extra"));
    }

    [Test]
    public async Task The_command_finds_the_same_beside_a_running_host_and_leaves_its_files_as_they_are()
    {
        await LiveAsync();
        await RestartAsync();

        var (code, output, errors) = await CommandAsync("verify", "--data", Folder, "--share=0.5");

        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("What is known is what the log says").And.Contain("features.db table 1: ").And.Contain("Counts checkpoints."));
        Assert.That(Directory.GetDirectories(Path.Combine(Folder, "replay")), Is.Empty);
        await LiveAsync();
    }

    [TestCase("features")]
    [TestCase("features", "verfy")]
    [TestCase("features", "verify", "--share", "2")]
    [TestCase("features", "verify", "--data")]
    [TestCase("features", "verify", "--what", "x")]
    public async Task A_command_that_is_none_says_how_it_goes(params string[] arguments)
    {
        var errors = new StringWriter();

        Assert.That(await FeaturesCommand.RunAsync(arguments, TextWriter.Null, errors), Is.EqualTo(2));
        Assert.That(errors.ToString(), Does.StartWith("Usage: features verify"));
    }

    [Test]
    public async Task Where_there_is_no_installation_nothing_is_made()
    {
        using var empty = new TemporaryFolder();

        var (code, _, errors) = await CommandAsync("verify", "--data", empty.Path);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("There is no checkpoint"));
        Assert.That(Directory.GetFiles(empty.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task One_comparison_runs_at_a_time_and_can_be_called_off()
    {
        await LiveAsync();
        Assert.That((await Shop.Server.GetAsync("/v1/features/verify")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Shop.Server.DeleteAsync("/v1/features/verify")).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await Shop.Client.PostAsync("/v1/features/verify", null)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

        // While a backup or an erasure holds the files, the comparison waits for its turn.
        using var turn = await Shop.Services.GetRequiredService<MaintenanceGate>().EnterAsync(CancellationToken.None);
        Assert.That((await Shop.Server.PostAsync("/v1/features/verify", null)).StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That((await Shop.Server.PostAsync("/v1/features/verify", null)).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await Shop.Server.DeleteAsync("/v1/features/verify")).StatusCode, Is.EqualTo(HttpStatusCode.Accepted));

        Assert.That((await EndAsync(Shop)).GetProperty("state").GetString(), Is.EqualTo("cancelled"));
    }

    [Test]
    public async Task Where_events_were_erased_a_base_is_taken_and_what_comes_after_is_compared()
    {
        await LiveAsync();
        using var erased = await Shop.Server.DeleteAsync("/v1/profiles/3");
        Assert.That(erased.IsSuccessStatusCode);

        var (code, _, errors) = await CommandAsync("verify", "--data", Folder);
        var first = await VerifyAsync();
        await RestartAsync();
        await new ParityTraffic(Shop, seed: 5).RunAsync(rounds: 60);
        await Shop.SettleAsync();
        var second = await VerifyAsync();
        var (again, output, _) = await CommandAsync("verify", "--data", Folder);

        Assert.That((code, errors), Is.EqualTo((3, errors)));
        Assert.That(errors, Does.Contain("An erasure has taken events out of the log"));
        Assert.That(first.GetProperty("verdict").GetString(), Is.EqualTo("rebased"), first.ToString());
        Assert.That(second.GetProperty("verdict").GetString(), Is.EqualTo("same"), second.ToString());
        Assert.That(second.GetProperty("from").GetInt64(), Is.EqualTo(first.GetProperty("offset").GetInt64()));
        Assert.That((again, output), Is.EqualTo((0, output)));

        // Whoever is erased next may be in the base.
        using var next = await Shop.Server.DeleteAsync("/v1/profiles/5");
        Assert.That(Directory.Exists(Path.Combine(Folder, "replay-base")), Is.False);
        Assert.That((await VerifyAsync()).GetProperty("verdict").GetString(), Is.EqualTo("rebased"));
    }

    private static async Task<(int Code, string Output, string Errors)> CommandAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());

        // The settings that the shop itself runs with.
        var settings = ShopServer.Arguments("").Where(argument => argument.StartsWith("--Personalization:", StringComparison.Ordinal) && !argument.Contains("DataDirectory", StringComparison.Ordinal));
        var code = await FeaturesCommand.RunAsync(["features", .. arguments, .. settings], output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private long Spoil(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, file + ".db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in this test.
        command.CommandText = sql;
#pragma warning restore CA2100 // End of the exception above.
        return (long)command.ExecuteScalar()!;
    }

    private async Task LiveAsync()
    {
        await new ParityTraffic(Shop, seed: 20_26).RunAsync(rounds: 60);
        await Shop.SettleAsync();
    }

    private Task<JsonElement> VerifyAsync() => VerifyAsync(Shop);

    private static async Task<JsonElement> VerifyAsync(ShopServer shop)
    {
        using var begun = await shop.Server.PostAsync("/v1/features/verify", content: null);
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        var run = await EndAsync(shop);
        Assert.That(run.GetProperty("state").GetString(), Is.EqualTo("done"), run.ToString());
        return run.GetProperty("report");
    }

    private static async Task<JsonElement> EndAsync(ShopServer shop)
    {
        while (true)
        {
            var run = JsonElement.Parse(await shop.Server.GetStringAsync("/v1/features/verify"));
            if (run.GetProperty("state").GetString() != "running")
            {
                return run;
            }

            await Task.Delay(50);
        }
    }
}
