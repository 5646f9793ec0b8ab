using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Host.Cli;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Parity;

/// <summary>The columns of a training set: which they are, what stands in them when what was declared has changed since, and when a shopper wrote it.</summary>
[Parallelizable]
internal sealed class ExportColumnsTests : ShopTests
{
    private const string Hostile = "te\"nt, \"\"\r\n=1+1;'\tü€";
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private int _number;

    [Test]
    public async Task A_feature_that_was_changed_after_a_decision_has_the_value_that_it_had_then()
    {
        await SendAsync(0, "Product Viewed", new { product_id = "tent" });
        await SendAsync(1, "Product Viewed", new { product_id = "tent" });
        await SendAsync(2, "Recommendation Viewed", Slate("before"));
        await DeclareAsync("seen", version: 1, "Product Viewed");
        await SendAsync(3, "Recommendation Viewed", Slate("first"));
        await DeclareAsync("seen", version: 2, "Product Added");
        await SendAsync(4, "Product Added", new { product_id = "tent" });
        await SendAsync(5, "Recommendation Viewed", Slate("second"));
        await SendAsync(6, "Product Added", new { product_id = "tent" });

        var rows = await ExportAsync("--feature", "seen", "--feature", "never");

        Assert.That(
            rows.Select(row => (row["decision_id"], row["feature_seen"], row["feature_never"])),
            Is.EqualTo(new[] { ("before", "", ""), ("first", "2", ""), ("second", "1", "") }),
            "before it was declared there was none, then by the version of then, without what came behind");
    }

    [Test]
    public async Task A_segment_and_a_trait_are_those_of_the_decision()
    {
        using var put = await Shop.Server.PutAsync(
            "/v1/segments/gold", ShopServer.Json(new { condition = new { trait = "plan", op = "eq", value = "gold" } }));
        Assert.That(put.IsSuccessStatusCode, Is.True);
        await IdentifyAsync("silver");
        await SendAsync(1, "Recommendation Viewed", Slate("poor"));
        await IdentifyAsync("gold");
        await SendAsync(2, "Recommendation Viewed", Slate("rich"));
        await IdentifyAsync("none");

        var rows = await ExportAsync("--segment", "gold", "--trait", "plan");

        Assert.That(rows.Select(row => (row["decision_id"], row["segment_gold"], row["trait_plan"])), Is.EqualTo(new[] { ("poor", "0", "silver"), ("rich", "1", "gold") }));
    }

    [Test]
    public async Task What_a_shopper_wrote_breaks_no_row()
    {
        await IdentifyAsync(Hostile);
        await SendAsync(1, "Recommendation Viewed", new { decision_id = "d", placement = "home,\"1\"", products = new[] { new { product_id = Hostile }, new { product_id = "plain" } } });

        var rows = await ExportAsync("--trait", "plan");

        Assert.That(rows.Select(row => (row["placement"], row["item"], row["trait_plan"], row["window_ended"])), Is.EqualTo(new[]
        {
            ("home,\"1\"", Hostile, Hostile, "1"), ("home,\"1\"", "plain", Hostile, "1"),
        }));
    }

    [Test]
    public async Task The_header_names_every_column_once_as_the_manifest_does_and_the_manifest_says_of_what_it_was_made()
    {
        await DeclareAsync("seen", version: 1, "Product Viewed");
        await SendAsync(1, "Recommendation Viewed", Slate("d"));

        await ExportAsync("--feature", "seen", "--segment", "vip", "--trait", "plan", "--window-hours", "2");

        var manifest = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Target, "manifest.json")));
        var columns = manifest.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()).ToList();
        Assert.That(columns, Is.EqualTo(new[]
        {
            "offset", "profile", "decision_id", "shown_at_ms", "kind", "placement", "experiment", "variation", "position", "item",
            "events", "sessions", "views", "adds", "orders", "searches", "revenue", "session_events", "ms_since_last_event",
            "item_viewed", "item_added", "item_purchased", "category_affinity", "brand_affinity", "item_price",
            "feature_seen", "segment_vip", "trait_plan", "clicked", "added", "ordered", "window_ended",
        }));
        Assert.That((await File.ReadAllLinesAsync(Path.Combine(Target, "rows.csv")))[0], Is.EqualTo(string.Join(',', columns)));
        Assert.That(manifest.GetProperty("log").GetProperty("from").GetInt64(), Is.Zero);
        Assert.That(manifest.GetProperty("log").GetProperty("until").GetInt64(), Is.GreaterThan(1));
        Assert.That(manifest.GetProperty("rows").GetInt64(), Is.EqualTo(1));
        Assert.That(manifest.GetProperty("labels").GetProperty("windowMs").GetInt64(), Is.EqualTo(7_200_000));
        var definition = manifest.GetProperty("definitions").EnumerateArray().Single(each => each.GetProperty("id").GetString() == "seen");
        Assert.That((definition.GetProperty("kind").GetString(), definition.GetProperty("liveVersion").GetInt32()), Is.EqualTo(("feature", 1)));
    }

    private static object Slate(string decision) => new { decision_id = decision, placement = "home", products = new[] { new { product_id = "tent" } } };

    private string Target => Path.Combine(Folder, "exports", "set");

    private async Task DeclareAsync(string id, int version, string eventName)
    {
        using var put = await Shop.Server.PutAsync(
            "/v1/features/" + id, ShopServer.Json(new { aggregate = "count", events = new[] { eventName }, window = "lifetime", lateness = "400d" }));
        Assert.That(put.IsSuccessStatusCode, Is.True, await put.Content.ReadAsStringAsync());
        var registry = Shop.Services.GetRequiredService<FeatureRegistry>();
        for (var look = 0; registry.Current.Find(id) is var number && (number < 0 || registry.Current.Live[number]?.Version != version); look++)
        {
            Assert.That(look, Is.LessThan(1_000), $"Version {version} of {id} did not become live.");
            await Task.Delay(10);
        }

        await Shop.SettleAsync();
    }

    private Task SendAsync(int minute, string name, object properties) => TrackAsync(new
    {
        type = "track", @event = name, anonymousId = "ann", messageId = $"m-{++_number}", properties, timestamp = Start.AddMinutes(minute).ToString("O", CultureInfo.InvariantCulture),
    });

    private Task IdentifyAsync(string plan) => TrackAsync(new { type = "identify", userId = "user-ann", anonymousId = "ann", messageId = $"m-{++_number}", traits = new { plan } });

    private async Task TrackAsync(object said)
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([said]));
        await Shop.SettleAsync();
    }

    private async Task<List<Dictionary<string, string>>> ExportAsync(params string[] arguments)
    {
        await Shop.SettleAsync();
        var errors = new StringWriter();
        var settings = ShopServer.Arguments(Folder).Where(argument => argument.StartsWith("--Personalization:", StringComparison.Ordinal));
        var code = await FeaturesCommand.RunAsync(["features", "export", "--to", Target, .. arguments, .. settings], TextWriter.Null, errors);
        Assert.That(code, Is.Zero, errors.ToString());
        var records = Records(await File.ReadAllTextAsync(Path.Combine(Target, "rows.csv")));
        Assert.That(records.Select(record => record.Count).Distinct().Count(), Is.EqualTo(1), "every record has as many fields as the header");
        return [.. records.Skip(1).Select(record => records[0].Zip(record).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    /// <summary>RFC 4180, letter by letter: nothing of the product's own.</summary>
    private static List<List<string>> Records(string csv)
    {
        var (records, fields, field, isQuoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < csv.Length; i++)
        {
            if (isQuoted)
            {
                isQuoted = csv[i] != '"' || (i + 1 < csv.Length && csv[i + 1] == '"');
                i += isQuoted && csv[i] == '"' ? 1 : 0;
                field.Append(isQuoted ? csv[i] : "");
            }
            else if (csv[i] == '"')
            {
                Assert.That(field.Length, Is.Zero, "a quote begins a field or stands in a quoted one");
                isQuoted = true;
            }
            else if (csv[i] is ',' or '\r')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (csv[i] == '\r')
                {
                    Assert.That(csv[++i], Is.EqualTo('\n'));
                    records.Add(fields);
                    fields = [];
                }
            }
            else
            {
                field.Append(csv[i]);
            }
        }

        Assert.That((isQuoted, fields.Count, field.Length), Is.EqualTo((false, 0, 0)), "the last record ends with its line");
        return records;
    }
}
