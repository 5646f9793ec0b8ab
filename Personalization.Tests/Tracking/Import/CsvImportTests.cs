using System.Globalization;
using NUnit.Framework;

namespace Personalization.Tests.Tracking.Import;

[Parallelizable]
internal sealed class CsvImportTests : ImportTests
{
    private const string Header = "userId,event,timestamp,properties.product_id,properties.price,properties.gift,properties.name\n";

    [Test]
    public async Task Columns_named_like_fields_become_those_fields()
    {
        await ImportAsync("source=shop", Header + "u1,Product Viewed,2024-05-01T12:00:00Z,007,12.50,true,Tent\n", Csv);

        var stored = (await TimelineAsync("userId=u1"))[0].GetProperty("event");
        var properties = stored.GetProperty("properties");

        Assert.Multiple(() =>
        {
            Assert.That(stored.GetProperty("event").GetString(), Is.EqualTo("Product Viewed"));
            Assert.That(properties.GetProperty("product_id").GetString(), Is.EqualTo("007"));
            Assert.That(properties.GetProperty("price").GetDecimal(), Is.EqualTo(12.5m));
            Assert.That(properties.GetProperty("gift").GetBoolean());
            Assert.That(properties.GetProperty("name").GetString(), Is.EqualTo("Tent"));
        });
    }

    [Test]
    public async Task A_mapping_names_the_columns_of_an_order_export()
    {
        const string csv = "Customer;Date;Order No;Items;Sum;Comment\r\n4711;2024-05-01 12:00:00;A-1;\"[{\"\"product_id\"\":\"\"tent\"\",\"\"price\"\":99,\"\"quantity\"\":2}]\";198,50;thanks\r\n";
        var query = "source=shop&set=" + Uri.EscapeDataString("event=Order Completed") + string.Concat(
            new[] { "Customer=userId", "Date=timestamp", "Order No=properties.order_id", "Items=properties.products:json", "Sum=properties.total:number" }
                .Select(rule => "&mapping=" + Uri.EscapeDataString(rule)));

        var report = await ImportAsync(query, csv, Csv);
        await Shop.SettleAsync();
        var counters = (await ProfileAsync("userId=4711")).GetProperty("counters");

        Assert.Multiple(() =>
        {
            Assert.That(Number(report, "accepted"), Is.EqualTo(1), report.ToString());
            Assert.That(report.GetProperty("unknownColumns").EnumerateArray().Select(column => column.GetString()), Is.EqualTo(new[] { "Comment" }));
            Assert.That(counters.GetProperty("orders").GetInt32(), Is.EqualTo(1));
            Assert.That(counters.GetProperty("revenue").GetDouble(), Is.EqualTo(198.5));
        });
    }

    [Test]
    public async Task Quotes_line_breaks_and_a_byte_order_mark_are_what_they_are_in_CSV()
    {
        var csv = "\uFEFF" + Header +
            "u1,Product Viewed,2024-05-01,a,1,false,\"The \"\"big\"\" one,\nwith a second line\"\r\n" +
            "u1,Product Viewed,2024-05-02,b,2,false,5\" screen\r\n" +
            "u1,Product Viewed,2024-05-03,c,3,false,";

        var report = await ImportAsync("source=shop&id=quoted", csv, Csv);
        var names = (await TimelineAsync("userId=u1")).EnumerateArray()
            .Select(stored => stored.GetProperty("event").GetProperty("properties"))
            .Select(properties => properties.TryGetProperty("name", out var name) ? name.GetString() : null);

        Assert.That((Number(report, "accepted"), Number(report, "linesRead")), Is.EqualTo((3L, 5L)));
        Assert.That(names, Is.EqualTo(new[] { null, "5\" screen", "The \"big\" one,\nwith a second line" }));
    }

    [Test]
    public async Task Bad_rows_are_refused_by_line_and_an_open_quote_costs_its_own_line_only()
    {
        var csv = Header +
            "u1,Product Viewed,2024-05-01,a,1,true,x\n" +
            "u1,Product Viewed,2024-05-01,a,1\n" +
            "u1,Product Viewed,2024-05-01,b,1,true,\"never closed\n" +
            "u1,Product Viewed,2024-05-01,c,1,true,x\n" +
            "u1,Product Viewed,,d,1,true,x\n" +
            ",Product Viewed,2024-05-01,e,1,true,x\n" +
            "u1,Product Viewed,2024-05-01,f,1,true,\"x\"y\n" +
            "u1,Product Viewed,2024-05-01,g,1,true,x\n";

        var report = await ImportAsync("source=shop", csv, Csv);

        Assert.That(Number(report, "accepted"), Is.EqualTo(3));
        Assert.That(Errors(report), Is.EquivalentTo(new[]
        {
            (3L, "WrongColumns"), (4L, "WrongColumns"), (6L, "TimestampMissing"), (7L, "IdentityMissing"), (8L, "WrongColumns"),
        }));
    }

    [Test]
    public async Task A_second_row_behind_a_bare_carriage_return_refuses_its_line_and_is_not_lost_in_silence()
    {
        const string csv = "userId,event,timestamp,properties.x\r\n" +
            "u1,X,2024-05-01,1\ru2,X,2024-05-01,2\n" +
            "u1,X,2024-05-01,3\r\r\n" +
            "u1,X,2024-05-01,\"a\rb\"\n";

        var report = await ImportAsync("source=shop", csv, Csv);

        Assert.That((Number(report, "accepted"), Number(report, "linesRead")), Is.EqualTo((2L, 4L)));
        Assert.That(Errors(report), Is.EqualTo(new[] { (2L, "WrongColumns") }));
        Assert.That(report.GetProperty("errors")[0].GetProperty("detail").GetString(), Does.Contain("carriage return"));
    }

    [Test]
    public async Task Half_a_surrogate_pair_in_a_column_of_JSON_refuses_its_row_only()
    {
        const string csv = "userId,event,timestamp,properties.a\n" +
            "u1,X,2025-01-01T00:00:00Z,\"\"\"\\ud800\"\"\"\n" +
            "u1,X,2025-01-01T00:00:00Z,\"[\"\"\\ud83d\\ude00\"\"]\"\n";

        var report = await ImportAsync("source=shop&id=half&mapping=properties.a%3Dproperties.a%3Ajson", csv, Csv);

        Assert.That(Number(report, "accepted"), Is.EqualTo(1));
        Assert.That(Errors(report), Is.EqualTo(new[] { (2L, "WrongColumns") }));
        Assert.That((await StateAsync("half")).GetProperty("state").GetString(), Is.EqualTo("completed"));
    }

    [Test]
    public async Task A_value_that_is_not_of_its_type_refuses_the_row_without_repeating_it()
    {
        const string csv = "userId,timestamp,price\nu1,2024-05-01,cheap\nu1,2024-05-01,12\n";

        var report = await ImportAsync("source=shop&set=event=x&mapping=price%3Dproperties.price%3Anumber", csv, Csv);

        Assert.That((Number(report, "accepted"), Number(report, "refused")), Is.EqualTo((1L, 1L)));
        Assert.That(report.GetProperty("errors")[0].GetProperty("detail").GetString(), Is.EqualTo("Column 3 is not a number."));
    }

    [TestCase("", "event,properties.x\n", "timestamp")]
    [TestCase("", "timestamp,event\n", "userId")]
    [TestCase("", "", "empty")]
    [TestCase("&mapping=gone%3DuserId", "timestamp,userId\n", "gone")]
    [TestCase("&mapping=a%3Dnowhere", "timestamp,userId,a\n", "nowhere")]
    [TestCase("&mapping=a%3Dproperties.x%3Adate", "timestamp,userId,a\n", "date")]
    [TestCase("&mapping=a%3Dproperties.x&mapping=b%3Dproperties.x.y", "timestamp,userId,a,b\n", "properties.x.y")]
    [TestCase("&mapping=a%3Dproperties.x&mapping=b%3Dproperties.x", "timestamp,userId,a,b\n", "properties.x")]
    [TestCase("&fromLine=1", "timestamp,userId\n", "header")]
    [TestCase("", "timestamp,userId,event\r2024-05-01,u1,X\r2024-05-01,u2,X\r", "carriage return")]
    public async Task A_header_that_cannot_be_read_by_is_a_problem_that_says_why(string query, string csv, string because)
    {
        using var response = await SendAsync("source=shop" + query, csv, Csv);
        var problem = await ReadAsync(response, System.Net.HttpStatusCode.BadRequest);

        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(because));
    }

    [Test]
    public async Task Different_spellings_of_a_column_are_the_same_column()
    {
        var report = await ImportAsync("source=shop&set=event=x", "user_id\tTimestamp\tAnonymous ID\nu1\t1714564800\ta1\n", Csv);

        Assert.That(Number(report, "accepted"), Is.EqualTo(1));
        Assert.That((await TimelineAsync("anonymousId=a1")).GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_rest_of_a_file_goes_on_behind_its_header()
    {
        var rows = Enumerable.Range(0, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"u1,x,2024-05-01,item-{i},1,true,x\n")).ToArray();
        await ImportAsync("source=shop&id=parts", Header + string.Concat(rows[..300]), Csv);
        var next = Number(await StateAsync("parts"), "resumeFromLine");

        var report = await ImportAsync($"source=shop&id=parts&fromLine={next}", Header + string.Concat(rows[300..]), Csv);
        var ids = (await TimelineAsync("userId=u1")).EnumerateArray().Select(stored => stored.GetProperty("event").GetProperty("messageId").GetString());

        Assert.That((next, Number(report, "accepted"), Number(report, "linesRead")), Is.EqualTo((302L, 500L, 501L)));
        Assert.That(ids, Is.EquivalentTo(Enumerable.Range(2, 500).Select(line => "import:parts:" + line)));
    }
}
