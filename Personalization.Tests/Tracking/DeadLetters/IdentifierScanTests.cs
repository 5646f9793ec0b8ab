using System.Text;
using NUnit.Framework;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tests.Tracking.DeadLetters;

public class IdentifierScanTests
{
    private readonly KeyHasher _hasher = new(new byte[16]);

    [TestCase("""{"userId":"ann"}""", "ann")]
    [TestCase("""{"batch":[{"anonymousId" : "ann"},{"previousId":"bob"}]}""", "ann", "bob")]
    [TestCase("""{"userId":"a\u006en"}""", "ann")]
    [TestCase("""{"userId":4711,"x":1}""", "4711")]
    [TestCase("""{"broken", "userId":"ann", """, "ann", Description = "no JSON")]
    [TestCase("""{"userId":"an""", Description = "cut short in the middle of it")]
    [TestCase("""{"userId":{"a":1}}""")]
    [TestCase("""{"userId":"a\xn"}""")]
    [TestCase("""{"userId":"\ud83d"}""")]
    [TestCase("""{"userId":null,"note":"userId"}""")]
    [TestCase("")]
    public void It_finds_what_stands_beside_the_names(string body, params string[] ids)
    {
        var keys = IdentifierScan.Keys(_hasher, Encoding.UTF8.GetBytes(body));

        Assert.That(keys, Is.EquivalentTo(ids.SelectMany(id => new[] { Key(KeySpace.UserId, id), Key(KeySpace.AnonymousId, id) })));
    }

    [TestCase("""{"traits":{"email":" Ann@Example.COM "}}""", IdentifierKind.Email, "ann@example.com")]
    [TestCase("""{"context":{"traits":{"phone":"+49 (30) 1234-567"}}, "broken""", IdentifierKind.Phone, "+49301234567")]
    [TestCase("""{"context":{"device":{"advertisingId":"7A3C"}}}""", IdentifierKind.AdvertisingId, "7A3C")]
    public void It_finds_people_by_what_else_they_are_called(string body, byte kind, string value)
    {
        var known = IdentifierVocabulary.BuiltIn.Kinds[kind - 1];

        Assert.That(
            IdentifierScan.Keys(_hasher, Encoding.UTF8.GetBytes(body)), Is.EquivalentTo(new[] { IdentifierVocabulary.KeyOf(_hasher, known, value) }));
    }

    [TestCase("""{"email":"no address"}""")]
    [TestCase("""{"phone":"call me"}""")]
    [TestCase("""{"email":null,"phone":{}}""")]
    public void What_is_no_address_and_no_number_names_nobody(string body) =>
        Assert.That(IdentifierScan.Keys(_hasher, Encoding.UTF8.GetBytes(body)), Is.Empty);

    [Test]
    public void What_is_longer_than_an_identifier_is_none()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"userId":"{{new string('x', 513)}}","anonymousId":"{{new string('y', 512)}}"}""");

        Assert.That(IdentifierScan.Keys(_hasher, body), Does.Contain(Key(KeySpace.UserId, new string('y', 512))).And.Count.EqualTo(2));
    }

    private UInt128 Key(KeySpace space, string id) => _hasher.Hash(space, Encoding.UTF8.GetBytes(id));
}
