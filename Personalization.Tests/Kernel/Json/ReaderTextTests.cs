using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Kernel.Json;

namespace Personalization.Tests.Kernel.Json;

internal sealed class ReaderTextTests
{
    [TestCase("price", true, true)]
    [TestCase("p\\u0072ice", true, true)]
    [TestCase("prices", false, true)]
    [TestCase("pri\\u0063es", false, true)]
    [TestCase("pri\\ud800ce", false, false)]
    [TestCase("pri\\udc00ce", false, false)]
    [TestCase("pri\\ud83d\\ude00ce", false, true)]
    [TestCase("pri\\\\ud800ce", false, true, Description = "a backslash and letters")]
    public void A_name_is_compared_whatever_stands_in_it(string written, bool isPrice, bool isReadable)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes($"\"{written}\""));
        reader.Read();

        Assert.That(reader.IsText("price"u8), Is.EqualTo(isPrice));
        Assert.That(reader.IsReadable(), Is.EqualTo(isReadable));
    }

    [Test]
    public void Bytes_that_are_no_text_cannot_be_taken_out()
    {
        var reader = new Utf8JsonReader([(byte)'"', 0xFF, (byte)'"']);
        reader.Read();

        Assert.That(reader.IsReadable(), Is.False);
    }
}
