using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Tests.Features.Conditions;

public sealed class ConditionReaderTests
{
    /// <summary>One of everything, in the canonical form.</summary>
    public static readonly string[] Good =
    [
        """{"all":[]}""",
        """{"any":[{"segment":"vip"},{"none":[{"list":"press_2026"}]}]}""",
        """{"trait":"plan","op":"eq","value":"gold"}""",
        """{"trait":"plan","op":"ne","value":true}""",
        """{"trait":"plan","op":"in","value":["gold",3,false,2.5]}""",
        """{"trait":"plan","op":"nin","value":["gold"]}""",
        """{"trait":"company.name","op":"contains","value":"acme"}""",
        """{"trait":"email","op":"endsWith","value":"@shop.example"}""",
        """{"trait":"email","op":"startsWith","value":"ä"}""",
        """{"trait":"age","op":"between","value":[18,65]}""",
        """{"trait":"name","op":"between","value":["a","m"]}""",
        """{"trait":"phone","op":"notExists"}""",
        """{"trait":"renews_at","op":"withinNext","value":"14d"}""",
        """{"trait":"signed_up_at","op":"moreThanAgo","value":"90s"}""",
        """{"feature":"last_event_at","op":"withinLast","value":"36h"}""",
        """{"feature":"orders_30d","op":"gte","value":3}""",
        """{"context":"device.type","op":"eq","value":"mobile"}""",
        """{"event":"Order Completed"}""",
        """{"event":["Product Viewed","Product Added"],"where":{"all":[{"property":"color","op":"eq","value":"red"},{"product":"price","op":"gt","value":9.99}]},"within":"7d"}""",
        """{"event":"Order Completed","since":"2026-01-01T00:00:00.000Z","until":"2026-02-01T12:30:00.500Z","count":{"op":"between","value":[2,4]}}""",
        """{"event":"Product Viewed","session":true,"count":{"op":"eq","value":0}}""",
        """{"event":"Order Completed","within":"30d","sum":{"property":"revenue","op":"gte","value":100}}""",
        """{"event":"Order Completed","min":{"product":"price","op":"notExists"}}""",
        """{"event":"Order Completed","average":{"product":"quantity","op":"lt","value":2}}""",
        """{"event":"Product Viewed","within":"1d","distinct":{"product":"category","op":"gte","value":3}}""",
        """{"event":"$page","within":"30d","days":{"op":"gte","value":5}}""",
        """{"sequence":[{"event":"Product Viewed","times":2},{"not":{"event":"Coupon Used"}},{"event":"Product Added","within":"1h"},{"not":{"event":"Order Completed"},"within":"1d"}],"within":"7d"}""",
        """{"funnel":"checkout","op":"gte","step":2}""",
        """{"random":{"share":0.1,"seed":"x"}}""",
        """{"consent":"personalise","is":"denied"}""",
    ];

    [TestCase("""{"event":"Product Viewed","where":{"product":"category","op":"eq","value":"Tents"},"within":"7d"}""", false)]
    [TestCase("""{"event":"Order Completed","where":{"property":"revenue","op":"gt","value":50}}""", false)]
    [TestCase("""{"all":[{"segment":"vip"},{"none":[{"event":"Page","where":{"property":"name","op":"eq","value":"Home"}}]}]}""", true)]
    [TestCase("""{"sequence":[{"event":"Product Viewed"},{"event":"Product Added","where":{"property":"coupon","op":"exists"}}]}""", true)]
    [TestCase("""{"any":[{"trait":"plan","op":"exists"},{"context":"device","op":"eq","value":"phone"}]}""", true)]
    [TestCase("""{"event":"Product Viewed","sum":{"property":"score","op":"gte","value":3}}""", true)]
    public void It_is_known_whether_properties_are_asked_for(string json, bool areAskedFor)
    {
        var faults = new List<DefinitionFault>();
        var condition = ConditionReader.Read(JsonDocument.Parse(json).RootElement, faults);

        Assert.That(faults, Is.Empty);
        Assert.That(ConditionProperties.AreAskedFor(condition!), Is.EqualTo(areAskedFor));
    }

    [TestCaseSource(nameof(Good))]
    public void What_is_read_is_written_as_it_was(string json)
    {
        var condition = ConditionWorld.Parse(json);

        Assert.That(ConditionWriter.Write(condition), Is.EqualTo(json));
    }

    [TestCase("""[]""", "", "object")]
    [TestCase("""{}""", "", "one of all, any")]
    [TestCase("""{"segment":"vip","list":"press"}""", "", "segment and list")]
    [TestCase("""{"segment":"VIP!"}""", "/segment", "a-z")]
    [TestCase("""{"segment":3}""", "/segment", "text")]
    [TestCase("""{"segment":"vip","since":"2026-01-01"}""", "/since", "Means nothing")]
    [TestCase("""{"segment":"vip","segment":"gold"}""", "/segment", "twice")]
    [TestCase("""{"all":{"segment":"vip"}}""", "/all", "array")]
    [TestCase("""{"all":[{"segment":"vip"},3]}""", "/all/1", "object")]
    [TestCase("""{"trait":"plan"}""", "", "Lacks 'op'")]
    [TestCase("""{"trait":"plan","op":"eq"}""", "", "Lacks 'value'")]
    [TestCase("""{"trait":"plan","op":"equals","value":1}""", "/op", "one of eq")]
    [TestCase("""{"trait":"plan","op":"eq","value":null}""", "/value", "notExists")]
    [TestCase("""{"trait":"plan","op":"lt","value":true}""", "/value", "number or a text")]
    [TestCase("""{"trait":"plan","op":"eq","value":1e999}""", "/value", "finite")]
    [TestCase("""{"trait":"plan","op":"between","value":[3,1]}""", "/value", "lower one first")]
    [TestCase("""{"trait":"plan","op":"between","value":[1,"2"]}""", "/value", "one kind")]
    [TestCase("""{"trait":"plan","op":"between","value":[1]}""", "/value", "two bounds")]
    [TestCase("""{"trait":"plan","op":"in","value":[]}""", "/value", "1 to 1000")]
    [TestCase("""{"trait":"plan","op":"in","value":["a",{}]}""", "/value/1", "Must be")]
    [TestCase("""{"trait":"plan","op":"contains","value":""}""", "/value", "not empty")]
    [TestCase("""{"trait":"plan","op":"exists","value":1}""", "/value", "Means nothing")]
    [TestCase("""{"trait":"","op":"exists"}""", "/trait", "1 to 256")]
    [TestCase("""{"trait":"plan","op":"withinLast","value":"7 days"}""", "/value", "length of time")]
    [TestCase("""{"trait":"plan","op":"withinLast","value":"401d"}""", "/value", "400d")]
    [TestCase("""{"trait":"plan","op":"withinLast","value":"0s"}""", "/value", "1s")]
    [TestCase("""{"property":"color","op":"exists"}""", "", "one of all, any")]
    [TestCase("""{"event":"E","where":{"trait":"plan","op":"exists"}}""", "/where", "event alone")]
    [TestCase("""{"event":"E","where":{"property":"at","op":"withinLast","value":"1d"}}""", "/where/op", "one of eq")]
    [TestCase("""{"event":"E","where":{"product":"colour","op":"exists"}}""", "/where/product", "id, category")]
    [TestCase("""{"event":[]}""", "/event", "1 to 50")]
    [TestCase("""{"event":["E",""]}""", "/event/1", "1 to 256")]
    [TestCase("""{"event":"E","within":"7d","session":true}""", "", "within and session")]
    [TestCase("""{"event":"E","within":"7d","since":"2026-01-01"}""", "", "within and since")]
    [TestCase("""{"event":"E","session":false}""", "/session", "true")]
    [TestCase("""{"event":"E","since":"2026-02-30"}""", "/since", "ISO 8601")]
    [TestCase("""{"event":"E","since":"2026-02-01","until":"2026-01-01"}""", "/until", "later")]
    [TestCase("""{"event":"E","count":{"op":"gte","value":1},"days":{"op":"gte","value":1}}""", "", "count and days")]
    [TestCase("""{"event":"E","count":{"op":"exists"}}""", "/count/op", "one of eq")]
    [TestCase("""{"event":"E","count":{"op":"gte","value":"3"}}""", "/count/value", "number")]
    [TestCase("""{"event":"E","sum":{"op":"gte","value":3}}""", "/sum", "what is measured")]
    [TestCase("""{"event":"E","sum":{"product":"brand","op":"gte","value":3}}""", "/sum/product", "price, quantity")]
    [TestCase("""{"event":"E","max":{"property":"name","op":"gte","value":3}}""", "/max/property", "number")]
    [TestCase("""{"event":"E","count":{"property":"x","op":"gte","value":3}}""", "/count/property", "Means nothing")]
    [TestCase("""{"sequence":[]}""", "/sequence", "1 to 8")]
    [TestCase("""{"sequence":[{"not":{"event":"E"},"within":"1d"}]}""", "/sequence/0", "first step")]
    [TestCase("""{"sequence":[{"event":"E","within":"1d"}]}""", "/sequence/0/within", "follows nothing")]
    [TestCase("""{"sequence":[{"event":"E"},{"not":{"event":"E"}}]}""", "/sequence/1", "needs 'within'")]
    [TestCase("""{"sequence":[{"event":"E"},{"not":{"event":"F"},"within":"1d"},{"event":"E"}]}""", "/sequence/1", "in the middle")]
    [TestCase("""{"sequence":[{"event":"E"},{"not":{"event":"F"}},{"not":{"event":"G"},"within":"1d"}]}""", "/sequence/2", "in a row")]
    [TestCase("""{"sequence":[{"event":"E","times":0}]}""", "/sequence/0/times", "1 to 100")]
    [TestCase("""{"sequence":[{"event":"E"},{"not":{"event":"F"},"times":2,"within":"1d"}]}""", "/sequence/1/times", "Means nothing")]
    [TestCase("""{"funnel":"checkout","op":"in","step":2}""", "/op", "one of eq")]
    [TestCase("""{"funnel":"checkout","op":"gte","step":1.5}""", "/step", "whole number")]
    [TestCase("""{"random":{"share":1.5,"seed":"x"}}""", "/random/share", "0 to 1")]
    [TestCase("""{"random":{"share":0.5}}""", "/random", "Lacks 'seed'")]
    [TestCase("""{"consent":"everything","is":"granted"}""", "/consent", "one of collect")]
    [TestCase("""{"consent":"train","is":true}""", "/is", "granted")]
    [TestCase("""{"trait":"\ud800","op":"exists"}""", "/trait", "surrogate")]
    [TestCase("""{"segment":"vip","\ud800":1}""", "", "surrogate")]
    public void What_is_wrong_is_told_with_its_place(string json, string path, string part)
    {
        var faults = Faults(json);

        Assert.That(faults, Has.Count.EqualTo(1), string.Join('\n', faults));
        Assert.That(faults[0].Path, Is.EqualTo(path), faults[0].Message);
        Assert.That(faults[0].Message, Does.Contain(part));
    }

    [Test]
    public void All_faults_are_told_at_once()
    {
        var faults = Faults("""{"all":[{"segment":"A"},{"event":"E","within":"1y","count":{"op":"like","value":1}},{"random":{"share":2,"seed":"","x":1}}]}""");

        Assert.That(faults.Select(fault => fault.Path), Is.EquivalentTo(new[]
        {
            "/all/0/segment", "/all/1/within", "/all/1/count/op", "/all/2/random/share", "/all/2/random/seed", "/all/2/random/x",
        }));
    }

    [Test]
    public void A_path_before_it_stands_before_every_pointer()
    {
        var faults = new List<DefinitionFault>();
        ConditionReader.Read(ConditionWorld.Json("""{"all":[{"segment":"~/"}]}"""), faults, "/condition");

        Assert.That(faults[0].Path, Is.EqualTo("/condition/all/0/segment"));
    }

    [Test]
    public void A_member_is_named_as_a_pointer_names_it() =>
        Assert.That(Faults("""{"segment":"vip","a/b~c":1}""")[0].Path, Is.EqualTo("/a~1b~0c"));

    [Test]
    public void Nesting_ends_at_a_depth()
    {
        Assert.That(Faults(Nested(ConditionLimits.Depth - 1)), Is.Empty);
        Assert.That(Faults(Nested(ConditionLimits.Depth))[0].Message, Does.Contain("16 deep"));

        static string Nested(int depth) =>
            new StringBuilder().Insert(0, """{"all":[""", depth).Append("""{"segment":"vip"}""").Append(string.Concat(Enumerable.Repeat("]}", depth))).ToString();
    }

    [Test]
    public void A_condition_has_so_many_parts_and_no_more()
    {
        Assert.That(Faults(Wide(ConditionLimits.Nodes - 1)), Is.Empty);
        Assert.That(Faults(Wide(ConditionLimits.Nodes)), Has.Count.EqualTo(1));
        Assert.That(Faults(Wide(100_000)), Has.Count.EqualTo(1));

        static string Wide(int parts) => $$"""{"any":[{{string.Join(',', Enumerable.Repeat("""{"segment":"vip"}""", parts))}}]}""";
    }

    [Test]
    public void Garbage_is_not_answered_by_as_much()
    {
        var members = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"x{i}\":1"));

        Assert.That(Faults($$"""{"segment":"vip",{{members}}}"""), Has.Count.EqualTo(ConditionLimits.Faults + 1));
    }

    [Test]
    public void A_text_that_could_never_be_equal_is_a_fault()
    {
        Assert.That(Faults(Of(new string('ä', 64))), Is.Empty);
        Assert.That(Faults(Of(new string('ä', 65)))[0].Message, Does.Contain("128 bytes"));

        static string Of(string text) => $$"""{"trait":"plan","op":"eq","value":"{{text}}"}""";
    }

    private static List<DefinitionFault> Faults(string json)
    {
        var faults = new List<DefinitionFault>();
        var condition = ConditionReader.Read(JsonDocument.Parse(json).RootElement, faults);
        Assert.That(condition is null, Is.EqualTo(faults.Count > 0));
        return faults;
    }
}
