using System.Text;
using NUnit.Framework;
using Personalization.Features.Endpoints;

namespace Personalization.Tests.Features;

public sealed class ItemCutterTests
{
    [TestCase("""[]""", "")]
    [TestCase(" \n[ ] \n", "")]
    [TestCase("""[{"id":"a"},{"id":"b"}]""", """0{"id":"a"}|1{"id":"b"}""")]
    [TestCase("""[ {"id":"],}\"["} , 5,"x" ]""", """0{"id":"],}\"["}|1 5|2"x" """)]
    [TestCase("""[{"a":{"b":[1,{"c":2}]}}]""", """0{"a":{"b":[1,{"c":2}]}}""")]
    [TestCase("""[{"id":tru},{"id":"b"}]""", """0{"id":tru}|1{"id":"b"}""")]
    [TestCase("""[{"id":"a"},,{"id":"b"},]""", """0{"id":"a"}|1|2{"id":"b"}""")]
    [TestCase("\uFEFF[1]", "0 1")]
    public async Task An_array_is_cut_at_its_commas(string body, string expected) =>
        Assert.That(await CutAsync(body, isLines: false), Is.EqualTo(Expected(expected) + "End"));

    [TestCase("", "")]
    [TestCase("\n\n", "")]
    [TestCase("{\"id\":\"a\"}\n{\"id\":\"b\"}", """0{"id":"a"}|1{"id":"b"}""")]
    [TestCase("{\"id\":\"a\"}\r\n\r\n{oops\n{\"id\":\"b\"}\n", """0{"id":"a"}|2{oops|3{"id":"b"}""")]
    public async Task Lines_are_cut_at_their_ends(string body, string expected) =>
        Assert.That(await CutAsync(body, isLines: true), Is.EqualTo(Expected(expected) + "End"));

    [TestCase("")]
    [TestCase("""{"id":"a"}""")]
    [TestCase("""[{"id":"a"},{"id":""")]
    [TestCase("""[1] [2]""")]
    [TestCase("""[1]]""")]
    [TestCase("""x[1]""")]
    public async Task What_is_not_one_whole_array_is_malformed(string body) =>
        Assert.That(await CutAsync(body, isLines: false), Does.EndWith("Malformed"));

    [Test]
    public async Task An_item_that_is_too_large_is_skipped_and_costs_no_other([Values] bool atOnce, [Values] bool isLines)
    {
        var large = "{\"id\":\"" + new string('x', 300_000) + "\"}";
        var body = isLines ? $"{{}}\n{large}\n{{}}\n{large}" : $"[{{}},{large},{{}},{large}]";

        Assert.That(await CutAsync(body, isLines, atOnce ? 1 << 20 : 997), Is.EqualTo("0{}|1 ItemTooLarge|2{}|3 ItemTooLarge|End"));
    }

    [Test]
    public async Task Any_pieces_give_the_same_items([Range(1, 12)] int piece)
    {
        const string body = """ [ {"id":"ä,]\\"} , {"n":[1,2]},{"t":"\"}"} ] """;

        Assert.That(await CutAsync(body, isLines: false, piece), Is.EqualTo(await CutAsync(body, isLines: false)));
        Assert.That(await CutAsync("{\"a\":1}\r\n\n{\"b\":2}", isLines: true, piece), Is.EqualTo("0{\"a\":1}|2{\"b\":2}|End"));
    }

    [Test]
    public async Task A_body_beyond_the_bound_is_too_large() =>
        Assert.That(await CutAsync("[" + new string(' ', 5_000) + "1]", isLines: false, maxBytes: 4_000), Is.EqualTo("TooLarge"));

    private static string Expected(string items) =>
        items.Length == 0 ? "" : string.Concat(items.TrimEnd().Split('|').Select(item => item + "|"));

    /// <summary>Index and text of each item, and how it ended.</summary>
    private static async Task<string> CutAsync(string body, bool isLines, int piece = 1 << 20, long maxBytes = 1 << 30)
    {
        using var cutter = new ItemCutter(new Pieces(Encoding.UTF8.GetBytes(body), piece), isLines, maxBytes);
        var found = new StringBuilder();
        while (true)
        {
            var cut = await cutter.NextAsync(CancellationToken.None);
            if (cut is not (Cut.Item or Cut.ItemTooLarge))
            {
                return found.Append(cut).ToString();
            }

            var text = cut == Cut.Item ? Encoding.UTF8.GetString(cutter.Item.Span) : "ItemTooLarge";
            found.Append(cutter.Index).Append(text is ['{' or '"', ..] or "" ? "" : " ").Append(text).Append('|');
        }
    }

    /// <summary>A body that comes a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
