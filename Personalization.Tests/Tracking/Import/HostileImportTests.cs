using System.Net;
using System.Text;
using NUnit.Framework;

namespace Personalization.Tests.Tracking.Import;

internal sealed class HostileImportTests : ImportTests
{
    [TestCase(Ndjson)]
    [TestCase(Csv)]
    public async Task A_line_longer_than_an_event_may_be_is_refused_and_the_next_one_read(string type)
    {
        var csv = type == Csv;
        var header = csv ? "anonymousId,event,timestamp,properties.x\n" : "";
        var good = csv ? "ann,x,2024-05-01,1" : View("ann", "tent");
        var endless = csv ? "ann,x,2024-05-01," + new string('a', 10_000_000) : "{\"x\":\"" + new string('a', 10_000_000) + "\"}";

        var report = await ImportAsync("source=shop", header + Lines(good, endless, good), type);

        Assert.That((Number(report, "accepted"), Errors(report)[0].Reason), Is.EqualTo((2L, "TooLarge")));
    }

    [Test]
    public async Task A_line_without_an_end_fails_the_import_in_bounded_memory()
    {
        using var body = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Lines(View("ann", "tent"))));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 300; i++)
            {
                gzip.Write(zeros);
            }
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var response = await SendAsync("source=shop&id=bomb", body.ToArray(), Ndjson, "gzip");
        await ReadAsync(response, HttpStatusCode.BadRequest);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        var state = await StateAsync("bomb");

        Assert.That(state.GetProperty("state").GetString(), Is.EqualTo("failed"));
        Assert.That(state.GetProperty("detail").GetString(), Does.Contain("no end"));
        Assert.That(grown, Is.LessThan(16 << 20));
    }

    [Test]
    public async Task Bytes_that_are_no_UTF8_refuse_their_line_only()
    {
        var body = Encoding.UTF8.GetBytes(Lines(View("ann", "tent"), View("ann", "???"), View("ann", "lamp")));
        body.AsSpan().Replace((byte)'?', (byte)0xFF);

        using var response = await SendAsync("source=shop", body);
        var report = await ReadAsync(response);

        Assert.That((Number(report, "accepted"), Errors(report)[0]), Is.EqualTo((2L, (2L, "NotJson"))));
    }

    [TestCase(40)]
    [TestCase(10_000)]
    public async Task Nesting_refuses_its_line_only(int levels)
    {
        var deep = "{\"event\":\"x\",\"anonymousId\":\"a\",\"timestamp\":\"2024-05-01\",\"properties\":{\"x\":" + new string('[', levels) + new string(']', levels) + "}}";

        var report = await ImportAsync("source=shop", Lines(View("ann", "tent"), deep, View("ann", "lamp")));

        Assert.That((Number(report, "accepted"), Number(report, "refused")), Is.EqualTo((2L, 1L)));
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    public async Task Compressed_data_that_end_too_early_never_count_as_complete(string encoding)
    {
        var whole = Compress(Lines([.. Enumerable.Range(0, 2_000).Select(i => View("ann", "item-" + Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(i))))]), encoding);

        using var cut = await SendAsync("source=shop&id=cut", whole[..^(whole.Length / 3)], Ndjson, encoding);
        await ReadAsync(cut, HttpStatusCode.BadRequest);
        var failed = await StateAsync("cut");
        using var again = await SendAsync("source=shop&id=cut", whole, Ndjson, encoding);
        var report = await ReadAsync(again);
        await Shop.SettleAsync();

        Assert.That(failed.GetProperty("state").GetString(), Is.EqualTo("failed"));
        Assert.That(Number(report, "linesRead"), Is.EqualTo(2_000));
        Assert.That((await ProfileAsync("anonymousId=ann")).GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(2_000));
    }

    [Test]
    public async Task Damaged_compressed_data_fail_the_import()
    {
        var body = Gzip(Lines([.. Enumerable.Range(0, 2_000).Select(i => View("ann", "item-" + i))]));
        body.AsSpan(body.Length / 2, 100).Fill(0xAA);

        using var response = await SendAsync("source=shop&id=damaged", body, Ndjson, "gzip");

        await ReadAsync(response, HttpStatusCode.BadRequest);
        Assert.That((await StateAsync("damaged")).GetProperty("state").GetString(), Is.EqualTo("failed"));
    }

    [Test]
    public async Task An_encoding_that_nobody_knows_is_a_415()
    {
        using var response = await SendAsync("source=shop", Encoding.UTF8.GetBytes("x"), Ndjson, "zstd");

        await ReadAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Test]
    public async Task Something_else_than_lines_is_refused_line_by_line()
    {
        using var response = await SendAsync("source=shop", [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 % 251))]);
        var report = await ReadAsync(response);

        Assert.That(Number(report, "accepted"), Is.Zero);
        Assert.That(Number(report, "refused"), Is.Positive);
    }

    private static byte[] Compress(string text, string encoding)
    {
        using var target = new MemoryStream();
        using (Stream encoder = encoding == "gzip" ? new System.IO.Compression.GZipStream(target, System.IO.Compression.CompressionLevel.Fastest)
            : encoding == "br" ? new System.IO.Compression.BrotliStream(target, System.IO.Compression.CompressionLevel.Fastest)
            : new System.IO.Compression.ZLibStream(target, System.IO.Compression.CompressionLevel.Fastest))
        {
            encoder.Write(Encoding.UTF8.GetBytes(text));
        }

        return target.ToArray();
    }
}
