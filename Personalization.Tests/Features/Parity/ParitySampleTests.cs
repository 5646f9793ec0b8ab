using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Personalization.Host.Cli;
using Personalization.Identity.Domain;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Parity;

/// <summary>Some profiles are recomputed from the log, whoever they were joined with, and nobody else.</summary>
[Parallelizable]
internal sealed class ParitySampleTests : ShopTests
{
    private static readonly Dictionary<string, byte[]> Tables = new() { ["features"] = [1, 32, 35, 70] };

    [Test]
    public async Task A_sample_is_what_the_log_says_whoever_was_merged_and_parted()
    {
        await LiveAsync();

        var few = await VerifyAsync(new { sample = 6, seed = 3 });
        var all = await VerifyAsync(new { sample = 1_000 });

        Assert.That(few.GetProperty("verdict").GetString(), Is.EqualTo("same"), few.ToString());
        Assert.That(all.GetProperty("verdict").GetString(), Is.EqualTo("same"), all.ToString());
        var (sample, everybody) = (few.GetProperty("sample"), all.GetProperty("sample"));
        Assert.That((sample.GetProperty("profiles").GetInt32(), sample.GetProperty("seed").GetInt32()), Is.EqualTo((6, 3)));
        Assert.That(sample.GetProperty("applied").GetInt32(), Is.GreaterThan(6), "those who were joined to somebody are applied as well");
        Assert.That(sample.GetProperty("applied").GetInt32(), Is.LessThan(everybody.GetProperty("applied").GetInt32()), "and nobody else");
        Assert.That(everybody.GetProperty("profiles").GetInt32(), Is.EqualTo(everybody.GetProperty("held").GetInt32()));
        Assert.That(everybody.GetProperty("seed").GetInt32(), Is.Not.Negative, "a seed that was not given is named");
        Assert.That(Rows(all).Keys, Is.EquivalentTo(Tables["features"]), "nothing else is in the report");
        Assert.That(sample.GetProperty("leftOut").GetString(), Does.Contain("left out"));
        Assert.That(Rows(few)[1], Is.InRange(1, 6));
        Assert.That(Rows(all)[1], Is.GreaterThan(6));
    }

    [Test]
    public async Task A_row_of_somebody_drawn_that_the_log_does_not_say_is_found_and_of_somebody_else_not()
    {
        await LiveAsync();
        await StopAsync();
        var drawn = Draw(new ParitySample(5, 11)).Drawn;
        var other = Keys().First(key => !drawn.Contains(key));
        var one = drawn.First(key => Spoil(key, table: 1) == 1);
        Spoil(one, table: 1);

        // Twice the same byte is turned: it is whole again.
        Assert.That(Spoil(other, table: 1) + Spoil(other, table: 32) + Spoil(other, table: 70), Is.Positive);
        var (code, output, _) = await CommandAsync("--sample", "5", "--seed=11");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("Drawn: 5 of ").And.Contain("by --seed 11;").And.Contain("is left out").And.Not.Contain("identity.db"));

        var spoilt = Tables["features"].Where(table => Spoil(one, table) == 1).ToList();
        var (differs, _, errors) = await CommandAsync("--sample", "5", "--seed", "11");
        Assert.That(differs, Is.EqualTo(1));
        Assert.That(spoilt, Has.Count.GreaterThan(1));
        Assert.That(errors, Does.Contain($"{spoilt.Count} rows differ"));
        foreach (var table in spoilt)
        {
            Assert.That(errors, Does.Contain($"features.db table {table} key {one}: different from byte "));
        }
    }

    [Test]
    public async Task A_seed_draws_the_same_again_and_brings_in_whoever_hangs_together_with_the_drawn()
    {
        await LiveAsync();
        await StopAsync();

        var drawn = Draw(new ParitySample(8, 1)).Drawn;

        Assert.That(drawn, Has.Count.EqualTo(8).And.SubsetOf(Keys()));
        Assert.That(Draw(new ParitySample(8, 1)).Drawn, Is.EquivalentTo(drawn));
        Assert.That(Enumerable.Range(2, 8).Select(seed => Draw(new ParitySample(8, seed)).Drawn), Has.Some.Not.EquivalentTo(drawn));
        Assert.That(Draw(new ParitySample(3, 1)).Drawn, Is.SubsetOf(drawn), "more profiles by one seed are those and others");
        var first = drawn.First();
        var chain = Draw(new ParitySample(8, 1), new Joined((7_001, 7_002), (first, 7_000), (7_001, 7_000), (7_004, 7_003)));
        Assert.That(chain.Applied, Is.EquivalentTo(drawn.Union([7_000, 7_001, 7_002])));
    }

    [Test]
    public void A_merge_that_the_graph_did_not_foretell_is_told()
    {
        var sample = new ReplaySample();
        sample.Choose(new HashSet<int> { 1 }, new HashSet<int> { 1, 2 });

        Assert.That(new[] { sample.Takes(1, -1, 10), sample.Takes(2, 1, 11), sample.Takes(3, -1, 12), sample.Takes(3, 4, 13) }, Is.EqualTo(new[] { true, true, false, false }));
        Assert.That(sample.Unforeseen, Is.Null);
        Assert.That(sample.Takes(3, 1, 14), Is.False);
        Assert.That(sample.Takes(2, 5, 15), Is.True);
        Assert.That(sample.Unforeseen, Does.StartWith("The log merges profile 1 into 3 at offset 14"));
    }

    [TestCase("--sample is a whole number from 1 to 100000.", "--sample", "0")]
    [TestCase("--sample is a whole number from 1 to 100000.", "--sample=100001")]
    [TestCase("--sample is a whole number from 1 to 100000.", "--sample", "ten")]
    [TestCase("--sample is a whole number from 1 to 100000.", "--sample")]
    [TestCase("--seed is a whole number from 0 to 2147483647.", "--sample", "5", "--seed", "-1")]
    [TestCase("--seed is a whole number from 0 to 2147483647.", "--sample", "x", "--seed", "2147483648")]
    [TestCase("A seed draws a sample", "--seed", "5")]
    [TestCase("A training set is made of everybody", "--sample", "5", "--to", "there")]
    public async Task A_sample_that_is_none_is_refused_with_the_reason(string reason, params string[] arguments)
    {
        var errors = new StringWriter();

        Assert.That(await FeaturesCommand.RunAsync(["features", arguments.Contains("--to") ? "export" : "verify", .. arguments], TextWriter.Null, errors), Is.EqualTo(2));
        Assert.That(errors.ToString(), Does.StartWith("Usage: features verify").And.Contain(reason));
    }

    [Test]
    public async Task A_body_that_asks_for_no_sample_is_refused_with_everything_that_is_wrong()
    {
        await RefusedAsync("""{"sample":0,"seed":1.5,"profiles":3}""", "not 'profiles'", "'sample' is a whole number from 1 to 100000", "'seed' is a whole number from 0");
        await RefusedAsync("""{"sample":"5"}""", "'sample' is a whole number");
        await RefusedAsync("""{"seed":5}""", "A seed draws a sample");
        await RefusedAsync("""{"sample":5,"sample":6}""", "'sample' stands there 2 times");
        await RefusedAsync("[5]", "must be an object");
        await RefusedAsync("{", "is not JSON");
        using var large = await Shop.Server.PostAsync("/v1/features/verify", ShopServer.Json(new { sample = 1, why = new string('x', 5_000) }));
        Assert.That(large.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That((await Shop.Server.GetAsync("/v1/features/verify")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound), "none was begun");

        async Task RefusedAsync(string body, params string[] reasons)
        {
            using var answer = await Shop.Server.PostAsync("/v1/features/verify", new StringContent(body));
            var problem = await answer.Content.ReadAsStringAsync();
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), problem);
            var detail = JsonElement.Parse(problem).GetProperty("detail").GetString();
            Assert.That(reasons, Has.All.Matches<string>(reason => detail!.Contains(reason, StringComparison.Ordinal)), detail);
        }
    }

    private static Dictionary<int, long> Rows(JsonElement report) => report.GetProperty("tables").EnumerateArray()
        .ToDictionary(table => table.GetProperty("table").GetInt32(), table => table.GetProperty("liveRows").GetInt64());

    private static async Task<(int Code, string Output, string Errors)> CommandAsync(string folder, string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var settings = ShopServer.Arguments("").Where(argument => argument.StartsWith("--Personalization:", StringComparison.Ordinal) && !argument.Contains("DataDirectory", StringComparison.Ordinal));
        var code = await FeaturesCommand.RunAsync(["features", "verify", "--data", folder, .. arguments, .. settings], output, errors);
        return (code, output.ToString() + errors, errors.ToString());
    }

    private Task<(int Code, string Output, string Errors)> CommandAsync(params string[] arguments) => CommandAsync(Folder, arguments);

    private ReplaySample Draw(ParitySample asked, IJoinedProfiles? joined = null)
    {
        var sample = new ReplaySample();
        SampleDraw.Draw(sample, new DataDirectory(Folder), Tables, [joined ?? new JoinedProfiles()], asked, CancellationToken.None);
        return sample;
    }

    /// <summary>Those of whom the checkpoint has features.</summary>
    private List<int> Keys()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT DISTINCT key FROM checkpoint_row WHERE table_id IN (1, 32, 35, 70) ORDER BY key";
        using var rows = command.ExecuteReader();
        var keys = new List<int>();
        while (rows.Read())
        {
            keys.Add(rows.GetInt32(0));
        }

        return keys;
    }

    /// <summary>Turns the last byte of a row around; 0 where there is no row.</summary>
    private int Spoil(int key, int table)
    {
        using var connection = Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT value FROM checkpoint_row WHERE table_id = @table AND key = @key";
        read.Parameters.AddWithValue("@table", table);
        read.Parameters.AddWithValue("@key", key);
        if (read.ExecuteScalar() is not byte[] value)
        {
            return 0;
        }

        value[^1] ^= 0xFF;
        using var write = connection.CreateCommand();
        write.CommandText = "UPDATE checkpoint_row SET value = @value WHERE table_id = @table AND key = @key";
        write.Parameters.AddWithValue("@value", value);
        write.Parameters.AddWithValue("@table", table);
        write.Parameters.AddWithValue("@key", key);
        return write.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "features.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private async Task LiveAsync()
    {
        var traffic = new ParityTraffic(Shop, seed: 7);
        await traffic.RunAsync(rounds: 60);
        await traffic.DefineAsync();
    }

    private async Task<JsonElement> VerifyAsync(object body)
    {
        using var begun = await Shop.Server.PostAsync("/v1/features/verify", ShopServer.Json(body));
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await begun.Content.ReadAsStringAsync());
        while (true)
        {
            var run = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/features/verify"));
            if (run.GetProperty("state").GetString() != "running")
            {
                Assert.That(run.GetProperty("state").GetString(), Is.EqualTo("done"), run.ToString());
                return run.GetProperty("report");
            }

            await Task.Delay(50);
        }
    }

    private sealed class Joined(params (int One, int Other)[] pairs) : IJoinedProfiles
    {
        public IEnumerable<(int One, int Other)> Read(DataDirectory cut) => pairs;
    }
}
