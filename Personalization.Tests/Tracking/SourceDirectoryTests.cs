using System.Text;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

public class SourceDirectoryTests
{
    private readonly SourceDirectory _sources = new(
        [new() { Name = "web", WriteKey = "web-key" }, new() { Name = "app", WriteKey = "schlüssel" }], new FakeSourceRegister());

    [TestCase("Basic", "web-key:", "web")]
    [TestCase("Basic", "web-key", "web")]
    [TestCase("Basic", "web-key:password", "web")]
    [TestCase("basic", "web-key:", "web")]
    [TestCase("Basic", "schlüssel:", "app")]
    [TestCase("Basic", "nobody:", null)]
    [TestCase("Basic", "", null)]
    [TestCase("Basic", ":web-key", null)]
    [TestCase("Digest", "web-key:", null)]
    public void A_basic_user_name_is_a_write_key(string scheme, string credentials, string? source) =>
        Assert.That(Authenticate($"{scheme} {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}"), Is.EqualTo(source));

    [TestCase("Bearer web-key", "web")]
    [TestCase("bearer  web-key ", "web")]
    [TestCase("Bearer nobody", null)]
    [TestCase("Basic d2ViLWtleQ", "web", Description = "without padding")]
    [TestCase("Basic  d2ViLWtleTo=", "web")]
    [TestCase("Basic %%%", null)]
    [TestCase("Basic", null)]
    [TestCase("", null)]
    public void Other_spellings_of_the_header_are_understood(string header, string? source) =>
        Assert.That(Authenticate(header), Is.EqualTo(source));

    [Test]
    public void An_endless_header_is_not_decoded() =>
        Assert.That(Authenticate("Basic " + new string('A', 100_000)), Is.Null);

    [TestCase("web-key", "web")]
    [TestCase("web-key:secret", "web")]
    [TestCase("nobody", null)]
    public void A_write_key_may_stand_in_its_own_header(string value, string? source)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers["X-Write-Key"] = value;

        Assert.That(_sources.Authenticate(context)?.Name, Is.EqualTo(source));
    }

    [TestCase("?writeKey=web-key", "web")]
    [TestCase("?a=1&writeKey=schl%C3%BCssel", "app")]
    [TestCase("?writeKey=", null)]
    [TestCase("?writeKey=web-key&writeKey=web-key", null)]
    [TestCase("", null)]
    public void A_write_key_may_stand_in_the_query(string query, string? source)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);

        Assert.That(_sources.Authenticate(context)?.Name, Is.EqualTo(source));
    }

    [Test]
    public void The_first_known_key_counts()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = "Bearer unknown";
        context.Request.Headers["X-Write-Key"] = "web-key";
        context.Request.QueryString = new QueryString("?writeKey=schl%C3%BCssel");

        Assert.That(_sources.Authenticate(context)?.Name, Is.EqualTo("web"));
    }

    [Test]
    public void A_key_from_a_body_is_found()
    {
        Assert.That(_sources.Find("schlüssel"u8)?.Name, Is.EqualTo("app"));
        Assert.That(_sources.Find("schl"u8), Is.Null);
        Assert.That(_sources.Find(new byte[100_000]), Is.Null);
        Assert.That(_sources.Find([0xFF, 0xFE]), Is.Null);
    }

    [Test]
    public void Each_source_has_its_own_number() =>
        Assert.That((_sources.Find("web-key"u8)?.Id, _sources.Find("schlüssel"u8)?.Id), Is.EqualTo(((ushort?)1, (ushort?)2)));

    private string? Authenticate(string header)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = header;
        return _sources.Authenticate(context)?.Name;
    }
}
