using System.Text;
using NUnit.Framework;
using Personalization.Kernel.Json;

namespace Personalization.Tests.Kernel.Json;

internal sealed class StoredJsonTests
{
    [TestCase("""{"a":"x\ud83d\ude00\\ud800"}""", """{"a":"x😀\\ud800"}""")]
    [TestCase("""{"\ud800":"\ude00\ud83d\ude00\ud83d"}""", "{\"\uFFFD\":\"\uFFFD😀\uFFFD\"}")]
    [TestCase("""["\ud83d\ud83d\ud83d\ude00"]""", "[\"\uFFFD\uFFFD😀\"]")]
    public void Half_pairs_are_read_as_the_replacement_character(string json, string expected) =>
        Assert.That(System.Text.Json.JsonElement.DeepEquals(StoredJson.Parse(Encoding.UTF8.GetBytes(json)), System.Text.Json.JsonElement.Parse(expected)));

    [Test]
    public void Bytes_that_are_no_utf8_are_too()
    {
        byte[] json = [.. "{\"a\\ud800\":\""u8, 0xFF, .. "\"}"u8];

        Assert.That(StoredJson.Parse(json).GetProperty("a\uFFFD").GetString(), Is.EqualTo("\uFFFD"));
    }
}
