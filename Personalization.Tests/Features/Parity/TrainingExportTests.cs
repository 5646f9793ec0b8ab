using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Host.Cli;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Parity;

/// <summary>A training set knows what was known when something was shown, and what came of it; and nothing that came later.</summary>
[Parallelizable]
internal sealed class TrainingExportTests : ShopTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private int _number;

    [Test]
    public async Task A_row_knows_what_was_known_when_the_item_was_shown_and_not_what_came_later()
    {
        await SendAsync(Event("ann", 0, "Product Viewed", new { product_id = "tent", category = "camping" }));
        await SendAsync(Event("ann", 5, "Recommendation Viewed", Slate("d1", "tent", "stove")));
        await SendAsync(Event("ann", 6, "Recommendation Clicked", new { decision_id = "d1", placement = "home", product_id = "stove" }));
        await SendAsync(Event("ann", 7, "Product Viewed", new { product_id = "stove", category = "camping" }));
        await SendAsync(Event("ann", 8, "Order Completed", new { order_id = "o1", total = 40, products = new[] { new { product_id = "tent", price = 40, quantity = 1 } } }));
        await SendAsync(Event("ann", 60 * 30, "Product Added", new { product_id = "stove" }), Event("ann", (60 * 30) + 1, "Recommendation Viewed", Slate("d2", "stove")));

        var rows = await ExportAsync();

        Assert.That(rows.Select(row => $"{row["decision_id"]} {row["position"]} {row["item"]}"), Is.EqualTo(new[] { "d1 0 tent", "d1 1 stove", "d2 0 stove" }));
        Assert.That(Values(rows, "views"), Is.EqualTo("1 1 2"));
        Assert.That(Values(rows, "orders"), Is.EqualTo("0 0 1"), "the order came after the first slate");
        Assert.That(Values(rows, "item_viewed"), Is.EqualTo("1 0 1"));
        Assert.That(Values(rows, "item_added"), Is.EqualTo("0 0 1"), "an event before it in the same request counts");
        Assert.That(Values(rows, "ms_since_last_event"), Is.EqualTo("300000 300000 60000"));
        Assert.That(Values(rows, "clicked"), Is.EqualTo("0 1 0"));
        Assert.That(Values(rows, "ordered"), Is.EqualTo("1 0 0"));
        Assert.That(Values(rows, "added"), Is.EqualTo("0 0 0"), "the cart came a day and more later");
        Assert.That(Values(rows, "window_ended"), Is.EqualTo("1 1 1"));
        Assert.That(double.Parse(rows[0]["category_affinity"], CultureInfo.InvariantCulture), Is.GreaterThan(0));
    }

    [Test]
    public async Task Who_does_not_let_models_be_taught_is_not_in_it_then_or_since()
    {
        await SendAsync(
            Event("ann", 0, "Recommendation Viewed", Slate("yes", "tent")),
            Event("bob", 0, "Recommendation Viewed", Slate("refused", "tent"), train: false),
            Event("kim", 0, "Recommendation Viewed", Slate("withdrawn", "tent")),
            Event("kim", 9, "Product Viewed", new { product_id = "tent" }, train: false),
            Event("erased", 0, "Recommendation Viewed", Slate("gone", "tent")));
        await Shop.SettleAsync();
        var lookup = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=erased"));
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");

        var rows = await ExportAsync();

        Assert.That(Values(rows, "decision_id"), Is.EqualTo("yes"));
        var manifest = Manifest();
        Assert.That(manifest.GetProperty("rows").GetInt64(), Is.EqualTo(1));
        Assert.That(manifest.GetProperty("consent").GetProperty("withoutConsent").GetInt64(), Is.EqualTo(1));
        Assert.That(manifest.GetProperty("consent").GetProperty("withdrawnSince").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public async Task An_experiment_has_a_row_and_is_answered_by_whatever_the_shopper_does()
    {
        await SendAsync(Event("ann", null, "Experiment Viewed", new { experiment_id = "checkout", variation_id = "b" }), Event("ann", null, "Product Added", new { product_id = "tent" }));

        var row = (await ExportAsync()).Single();

        Assert.That((row["kind"], row["experiment"], row["variation"], row["item"]), Is.EqualTo(("experiment", "checkout", "b", "")));
        Assert.That((row["clicked"], row["added"], row["window_ended"]), Is.EqualTo(("0", "1", "0")));
    }

    [Test]
    public async Task A_property_with_half_a_surrogate_pair_in_its_name_names_no_experiment_and_ends_no_export()
    {
        await Shop.TrackAsync(
            "/v1/track", """{"event":"Experiment Viewed","anonymousId":"ann","properties":{"experiment\ud800_id":"x","varia\udc00tion_id":"y","experiment_id":"checkout","variation_id":"b"}}""");

        var row = (await ExportAsync()).Single();

        Assert.That((row["experiment"], row["variation"]), Is.EqualTo(("checkout", "b")));
    }

    [Test]
    public async Task The_columns_say_the_same_as_the_rows_and_two_exports_say_the_same()
    {
        await new ParityTraffic(Shop, seed: 3).RunAsync(rounds: 30);
        for (var shopper = 0; shopper < 25; shopper++)
        {
            await SendAsync(Event($"device-{shopper}", 9_000, "Recommendation Viewed", Slate($"d{shopper}", "item-1", "item-2", "item-3")));
        }

        await new ParityTraffic(Shop, seed: 4).RunAsync(rounds: 30);
        var rows = await ExportAsync();
        var again = await ExportAsync("again", "--Personalization:Tracking:Partitions=4");

        Assert.That(rows, Is.Not.Empty);
        Assert.That(again.Select(row => string.Join('|', row.Values)), Is.EqualTo(rows.Select(row => string.Join('|', row.Values))));
        foreach (var column in Manifest().GetProperty("columns").EnumerateArray())
        {
            var name = column.GetProperty("name").GetString()!;
            Assert.That(Column(name, column.GetProperty("type").GetString()!, rows.Count), Is.EqualTo(rows.Select(row => row[name])), name);
        }
    }

    [Test]
    public async Task What_is_there_already_is_left_alone_and_rows_beyond_the_limit_are_told()
    {
        await SendAsync(Event("ann", 0, "Recommendation Viewed", Slate("d", "a", "b", "c")));
        await Shop.SettleAsync();

        var (code, output, _) = await CommandAsync("--to", Target("few"), "--max-rows", "2", "--segment", "vip", "--trait", "plan", "--feature", "orders_30d");
        var (again, _, errors) = await CommandAsync("--to", Target("few"));

        Assert.That(code, Is.Zero);
        Assert.That(output, Does.StartWith("2 rows").And.Contain("1 beyond --max-rows"));
        Assert.That((again, errors.Trim()), Is.EqualTo((2, $"{Target("few")} is there already.")));
        Assert.That(Directory.GetDirectories(Path.Combine(Folder, "replay")), Is.Empty);
    }

    [TestCase("--to")]
    [TestCase("--to", "x", "--window-hours", "0")]
    [TestCase("--to", "x", "--max-rows", "many")]
    [TestCase("--to", "x", "--segment", "../vip")]
    [TestCase("--to", "x", "--trait", "a", "--trait", "A")]
    public async Task An_export_that_is_not_understood_says_how_it_goes(params string[] arguments)
    {
        var (code, _, errors) = await CommandAsync(arguments);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.StartWith("Usage: features verify"));
    }

    private static object Slate(string decision, params string[] items) =>
        new { decision_id = decision, placement = "home", products = items.Select(item => new { product_id = item, category = "camping" }) };

    private object Event(string anonymousId, int? minute, string name, object properties, bool? train = null) => new
    {
        type = "track", @event = name, anonymousId, messageId = $"{name}-{++_number}", properties,
        timestamp = minute is { } since ? Start.AddMinutes(since).ToString("O", CultureInfo.InvariantCulture) : null,
        context = train is { } granted ? new { consent = new { categoryPreferences = new { train = granted } } } : null,
    };

    private Task SendAsync(params object[] events) => Shop.TrackAsync("/v1/batch", ShopEvents.Batch(events));

    private string Target(string name) => Path.Combine(Folder, "exports", name);

    private JsonElement Manifest() => JsonElement.Parse(File.ReadAllText(Path.Combine(Target("set"), "manifest.json")));

    private static string Values(IEnumerable<Dictionary<string, string>> rows, string column) => string.Join(' ', rows.Select(row => row[column]));

    private async Task<List<Dictionary<string, string>>> ExportAsync(string name = "set", params string[] settings)
    {
        await Shop.SettleAsync();
        var (code, _, errors) = await CommandAsync(["--to", Target(name), .. settings]);
        Assert.That(code, Is.Zero, errors);
        var lines = await File.ReadAllLinesAsync(Path.Combine(Target(name), "rows.csv"));
        var names = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => names.Zip(line.Split(',')).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    private async Task<(int Code, string Output, string Errors)> CommandAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var settings = ShopServer.Arguments(Folder).Where(argument => argument.StartsWith("--Personalization:", StringComparison.Ordinal));
        var code = await FeaturesCommand.RunAsync(["features", "export", .. arguments, .. settings], output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private List<string> Column(string name, string type, int rows)
    {
        var file = Path.Combine(Target("set"), "columns", name);
        var present = File.ReadAllBytes(file + ".present");
        var values = File.ReadAllBytes(file + (type == "ByteArray" ? ".bytes" : "." + type.ToLowerInvariant()));
        var ends = type == "ByteArray" ? File.ReadAllBytes(file + ".ends") : [];
        Assert.That(present, Has.Length.EqualTo(rows));
        return [.. Enumerable.Range(0, rows).Select(row => present[row] == 0 ? "" : Cell(row))];

        string Cell(int row) => type switch
        {
            "Boolean" => values[row].ToString(CultureInfo.InvariantCulture),
            "Int64" => BitConverter.ToInt64(values, row * 8).ToString(CultureInfo.InvariantCulture),
            "Double" => BitConverter.ToDouble(values, row * 8).ToString("R", CultureInfo.InvariantCulture),
            _ => System.Text.Encoding.UTF8.GetString(values[(row == 0 ? 0 : (int)BitConverter.ToInt64(ends, (row - 1) * 8))..(int)BitConverter.ToInt64(ends, row * 8)]),
        };
    }
}
