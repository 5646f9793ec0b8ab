using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

/// <summary>Which fields of an event name its shopper.</summary>
public class IdentifierReaderTests
{
    private static readonly IdentifierVocabulary Vocabulary = new(["crm_id", "loyalty"], readTraces: true);

    private readonly Parsing _parsing = new()
    {
        Parser = new SegmentParser(Parsing.Hasher, Parsing.Vocabulary, ParserLimits.Default, check: null, Vocabulary),
    };

    [Test]
    public void Traits_of_an_identify_call_and_of_any_context_name_the_shopper()
    {
        Assert.That(Read("""{"userId":"u","traits":{"email":"Ann@Shop.example","phone":"+49 151 2345","plan":{"email":"no"}}}""", EventType.Identify),
            Is.EqualTo(new[] { "email:Ann@Shop.example", "phone:+49 151 2345" }));
        Assert.That(Read("""{"userId":"u","event":"e","context":{"traits":{"email":"a@b.example","phone":491512345}}}"""),
            Is.EqualTo(new[] { "email:a@b.example", "phone:491512345" }));
    }

    [Test]
    public void Traits_of_a_group_call_are_the_groups() =>
        Assert.That(
            Read("""{"userId":"u","traits":{"email":"info@firm.example"},"context":{"traits":{"email":"a@b.example"}}}""", EventType.Group),
            Is.EqualTo(new[] { "email:a@b.example" }));

    [Test]
    public void Devices_and_declared_external_ids_are_read_in_both_clients_forms()
    {
        Assert.That(
            Read("""{"userId":"u","event":"e","context":{"device":{"id":"d","advertisingId":"ad","model":"x"},"externalIds":[{"id":"4711","type":"crmId","collection":"users","encoding":"none"}]}}"""),
            Is.EqualTo(new[] { "device_id:d", "advertising_id:ad", "crm_id:4711" }));
        Assert.That(
            Read("""{"userId":"u","event":"e","context":{"externalId":[{"type":"loyalty","id":"L1"},{"type":"undeclared","id":"x"},7,null]}}"""),
            Is.EqualTo(new[] { "loyalty:L1" }));
    }

    [TestCase("""{"device":{"advertisingId":"ad","adTrackingEnabled":false}}""", TestName = "Who declined tracking has no advertising id")]
    [TestCase("""{"externalIds":[{"id":"4711","type":"crm_id","encoding":"sha256"}]}""", TestName = "A value that somebody hashed is none")]
    [TestCase("""{"traits":null,"device":"x","externalIds":{"id":"4711","type":"crm_id"}}""", TestName = "Other forms are none")]
    [TestCase("""{"traits":{"email":{"a":1},"phone":[1]}}""", TestName = "Values that are no texts are none")]
    public void Nothing_is_read(string context) =>
        Assert.That(Read("""{"userId":"u","event":"e","context":""" + context + "}"), Is.Empty);

    [Test]
    public void Of_a_repeated_key_the_last_value_counts() =>
        Assert.That(
            Read("""{"userId":"u","event":"e","context":{"traits":{"email":"a@b.example"}},"context":{"traits":{"email":"c@d.example"}}}"""),
            Is.EqualTo(new[] { "email:c@d.example" }));

    [Test]
    public void Spellings_of_one_value_have_one_key_and_what_is_none_has_no_key()
    {
        var same = new[] { "ann@shop.example", " ANN@Shop.example ", "ann@SHOP.EXAMPLE" }.Select(email => Key("email", email)).ToList();

        Assert.That(same.Distinct().ToList(), Has.Count.EqualTo(1));
        Assert.That(Key("email", "ÄNN@shop.example"), Is.EqualTo(Key("email", "änn@shop.example")));
        Assert.That(Key("phone", "+49 (151) 23-45"), Is.EqualTo(Key("phone", "+491512345")));
        foreach (var (kind, value) in new[] { ("email", "ann"), ("email", "@x"), ("email", "x@"), ("email", "a b@c"), ("phone", "12"), ("phone", "call me"), ("phone", new string('1', 40)) })
        {
            Assert.That(Key(kind, value), Is.EqualTo(UInt128.Zero), $"{kind} {value}");
        }
    }

    [Test]
    public void Equal_texts_of_two_kinds_are_two_identifiers() =>
        Assert.That(new[] { "user_id", "anonymous_id", "device_id", "advertising_id", "crm_id", "loyalty" }.Select(kind => Key(kind, "4711")), Is.Unique);

    [Test]
    public void A_crowd_of_identifiers_is_cut_and_the_next_event_has_its_own()
    {
        var crowd = string.Join(',', Enumerable.Range(0, 500).Select(i => $$"""{"type":"crm_id","id":"{{i}}"}"""));
        var batch = _parsing.Batch(
            """{"batch":[{"type":"track","userId":"u","event":"e","context":{"externalIds":[""" + crowd
            + """]}},{"type":"track","userId":"v","event":"e","context":{"device":{"id":"d"}}}]}""");

        Assert.That(batch[0].IdentifierCount, Is.EqualTo(IdentifierKind.MaxPerEvent));
        Assert.That(Describe(batch[1]), Is.EqualTo(new[] { "device_id:d" }));
    }

    [Test]
    public void An_event_that_is_refused_leaves_its_identifiers_to_nobody()
    {
        var batch = _parsing.Batch(
            """{"batch":[{"type":"track","userId":"u","context":{"device":{"id":"d1"}}},{"type":"track","userId":"v","event":"e","context":{"device":{"id":"d2"}}}]}""");

        Assert.That(batch.EventCount, Is.EqualTo(1));
        Assert.That(Describe(batch[0]), Is.EqualTo(new[] { "device_id:d2" }));
    }

    [Test]
    public void Traces_are_read_as_keys_only_where_they_are_wanted()
    {
        const string Event = """{"userId":"u","event":"e","context":{"ip":"203.0.113.7","userAgent":"Agent 1","traits":{"address":{"postalCode":"10115","street":"Main St. 1"}}}}""";

        Assert.That(_parsing.Single(Event)[0].Identifiers.ToArray().Select(trace => trace.Kind),
            Is.EquivalentTo(new[] { IdentifierKind.Network, IdentifierKind.Agent, IdentifierKind.Address }));
        Assert.That(new Parsing().Single(Event)[0].IdentifierCount, Is.Zero);
    }

    private static UInt128 Key(string kind, string value) => IdentifierVocabulary.KeyOf(Parsing.Hasher, Vocabulary.Find(kind)!, value);

    private string[] Read(string json, EventType type = EventType.Track) => Describe(_parsing.Single(json, type)[0]);

    private static string[] Describe(TrackedEvent read) =>
        [.. read.Identifiers.ToArray().Select(one => $"{Vocabulary.Kinds[one.Kind - 1].Name}:{Parsing.Text(read, one.Value)}")];
}
