using System.Buffers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tests.Tracking.Dialects;

internal sealed class PixelDialectTests
{
    private readonly PixelDialect _dialect = new(64 * 1024);

    [Test]
    public void A_dotted_parameter_is_a_field_further_down()
    {
        var pixel = Translate("?writeKey=k&event=Product+Viewed&anonymousId=a&properties.product_id=P-1&context.page.url=https%3A%2F%2Fx");

        Assert.That(pixel.GetProperty("event").GetString(), Is.EqualTo("Product Viewed"));
        Assert.That(pixel.GetProperty("properties").GetProperty("product_id").GetString(), Is.EqualTo("P-1"));
        Assert.That(pixel.GetProperty("context").GetProperty("page").GetProperty("url").GetString(), Is.EqualTo("https://x"));
    }

    [Test]
    public void An_object_may_be_written_out()
    {
        var pixel = Translate("?properties={\"price\":3}&properties.product_id=P-1");

        Assert.That(pixel.GetProperty("properties").GetProperty("price").GetInt32(), Is.EqualTo(3));
        Assert.That(pixel.GetProperty("properties").GetProperty("product_id").GetString(), Is.EqualTo("P-1"));
    }

    [Test]
    public void Data_is_the_whole_event_as_base64()
    {
        var pixel = Translate("?data=" + Uri.EscapeDataString(Convert.ToBase64String("""{"event":"Mail Opened","userId":"ü?>"}"""u8)));

        Assert.That(pixel.GetProperty("userId").GetString(), Is.EqualTo("ü?>"));
    }

    [TestCase("?a=1&a.b=2")]
    [TestCase("?a.b=2&a=1&a.b.c=3")]
    [TestCase("?...=1&.=2&=3")]
    [TestCase("?p={\"x\":1,\"x\":2}&p.x=3")]
    [TestCase("?p={\"\\ud800\":1}&p.x=3")]
    [TestCase("?p={\"a\":{\"b\":1,\"b\":2}}&p.a.b=3")]
    [TestCase("?p={{{{{{{{{{{{{{{{{{")]
    [TestCase("?p=%FF%FE&%FF=1")]
    public void Strange_parameters_make_a_strange_event_and_no_failure(string query) =>
        Assert.That(Translate(query).ValueKind, Is.EqualTo(JsonValueKind.Object));

    [TestCase("?data=%25%25")]
    [TestCase("?data=a")]
    public void Data_that_is_no_base64_is_another_form(string query) =>
        Assert.That(_dialect.Translate(new DialectRequest(default, query), new ArrayBufferWriter<byte>()).Status, Is.EqualTo(TranslationStatus.OtherForm));

    private JsonElement Translate(string query)
    {
        var output = new ArrayBufferWriter<byte>();
        var translation = _dialect.Translate(new DialectRequest(default, query), output);
        Assert.That(translation.Status, Is.EqualTo(TranslationStatus.Translated), translation.Detail);
        return JsonElement.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
