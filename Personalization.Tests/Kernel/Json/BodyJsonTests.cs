using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Kernel.Json;

namespace Personalization.Tests.Kernel.Json;

internal sealed class BodyJsonTests
{
    [TestCase("""{"a":"\ud83d\ude00","\ud83d\ude00":1}""")]
    [TestCase("""{"a":"\\ud800","b":"\\\\ud83d"}""", Description = "Backslashes that escape each other begin no unit.")]
    [TestCase("""{"a":"\u00fc\n\t\/😀\uD7FF\uE000"}""")]
    [TestCase("[]")]
    public void Text_that_can_be_read_is_taken(string json)
    {
        var read = BodyJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.That(JsonElement.DeepEquals(read, JsonElement.Parse(json)));
    }

    [TestCase("""{"a":"\ud800"}""", 0, 6)]
    [TestCase("""{"a":"\ude00"}""", 0, 6)]
    [TestCase("""{"\uD800":1}""", 0, 2)]
    [TestCase("""{"a":"\ud83d\ud83d\ude00"}""", 0, 6)]
    [TestCase("""{"a":"\ud83d\ude00\ude00"}""", 0, 18)]
    [TestCase("""{"a":"\\\ud83dx"}""", 0, 8)]
    [TestCase("""{"a":"\ud83d\n"}""", 0, 6)]
    [TestCase("[1,\n \"x\\ud800\"]", 1, 3)]
    public void Half_a_surrogate_pair_is_a_fault_with_its_place(string json, int line, int at)
    {
        var error = Assert.Throws<JsonException>(() => BodyJson.Parse(Encoding.UTF8.GetBytes(json)))!;

        Assert.That((error.LineNumber, error.BytePositionInLine), Is.EqualTo(((long)line, (long)at)));
    }

    [Test]
    public void Bytes_that_are_no_utf8_are_a_fault_with_their_place()
    {
        byte[] json = [.. "{\"ä\":\n\""u8, 0xFF, .. "\"}"u8];

        var error = Assert.Throws<JsonException>(() => BodyJson.Parse(json))!;

        Assert.That((error.LineNumber, error.BytePositionInLine), Is.EqualTo((1L, 1L)));
    }

    [TestCase("""{"a":""")]
    [TestCase("""{"a":"\ud8""")]
    [TestCase("""{"a":"\""")]
    [TestCase("""{"a":"\uZZZZ"}""")]
    [TestCase("")]
    public void What_is_no_json_is_refused_as_such(string json) =>
        Assert.That(() => BodyJson.Parse(Encoding.UTF8.GetBytes(json)), Throws.InstanceOf<JsonException>());
}
