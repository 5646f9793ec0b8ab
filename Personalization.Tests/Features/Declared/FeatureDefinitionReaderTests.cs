using System.Text.Json;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Tests.Features.Declared;

public sealed class FeatureDefinitionReaderTests
{
    private const long Day = 86_400_000;

    [Test]
    public void A_definition_says_what_it_says_and_takes_the_rest_by_itself()
    {
        var read = Read("""{"aggregate":"sum","of":{"property":"revenue"},"events":["Order Completed"],"window":"30d"}""")!;

        Assert.That((read.Aggregate, read.Key, read.Of), Is.EqualTo((AggregateKind.Sum, FeatureKey.Profile, new FeatureSource(Personalization.Features.Domain.Conditions.ValueSource.Property, "revenue"))));
        Assert.That(read.Window, Is.EqualTo(new FeatureWindow(WindowKind.Sliding, 30 * Day, Day / 2)));
        Assert.That(read.LatenessMs, Is.EqualTo(Day));
        Assert.That(read.Properties, Is.Empty, "what events know by themselves is kept anyway");
    }

    [Test]
    public void Properties_that_it_looks_at_are_named_to_be_kept()
    {
        var read = Read("""
            {"aggregate":"affinity","by":{"property":"color"},"events":["Product Viewed"],"halfLife":"14d",
             "where":{"any":[{"property":"size","op":"exists"},{"all":[{"property":"context.device.type","op":"eq","value":"mobile"},{"product":"price","op":"gt","value":5}]}]}}
            """)!;

        Assert.That(read.Properties, Is.EquivalentTo(new[] { "color", "size", "context.device.type" }));
        Assert.That(read.HalfLifeMs, Is.EqualTo(14 * Day));
    }

    [TestCase("""{"aggregate":"count","events":["A"],"window":"1m"}""")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"90d","grain":"6h","lateness":"3d","description":"x","freshnessObjectiveMs":1000}""")]
    [TestCase("""{"aggregate":"count","key":"item","events":["A"],"window":"7d"}""")]
    [TestCase("""{"aggregate":"distinct","of":{"product":"id"},"events":["A"],"window":"session"}""")]
    [TestCase("""{"aggregate":"last_n","n":5,"of":{"product":"category"},"events":["A"]}""")]
    [TestCase("""{"aggregate":"first","of":{"property":"name"},"events":["A"],"window":"7d","grain":"2h"}""")]
    [TestCase("""{"aggregate":"recency","events":["A"],"grain":"5m"}""")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","ttl":"1d"}""")]
    [TestCase("""{"aggregate":"affinity","by":{"product":"brand"},"events":["A"],"lateness":"1h","ttl":"1h"}""")]
    [TestCase("""{"aggregate":"rate","events":["A"],"window":"7d","per":"1h"}""")]
    [TestCase("""{"aggregate":"ratio","of":["a","b"]}""")]
    [TestCase("""{"aggregate":"decayed_sum","of":{"product":"price"},"events":["A"],"halfLife":"1h","grain":"1m"}""")]
    public void These_are_good(string json) => Assert.That(Faults(json), Is.Empty);

    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","ttl":"23h"}""", "/ttl")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","ttl":"P30D"}""", "/ttl")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","ttl":5}""", "/ttl")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","ttl":"401d"}""", "/ttl")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"session","ttl":"30d"}""", "/ttl")]
    [TestCase("""{"aggregate":"ratio","of":["a","b"],"ttl":"30d"}""", "/ttl")]
    [TestCase("""[]""", "")]
    [TestCase("""{"aggregate":"median","events":["A"],"window":"1d"}""", "/aggregate")]
    [TestCase("""{"events":["A"],"window":"1d"}""", "")]
    [TestCase("""{"aggregate":"count","events":[],"window":"1d"}""", "/events")]
    [TestCase("""{"aggregate":"count","events":["A",5],"window":"1d"}""", "/events/1")]
    [TestCase("""{"aggregate":"count","events":["A"]}""", "")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"91d"}""", "/window")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"30s"}""", "/window")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1h","grain":"7m"}""", "/grain")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"90d","grain":"1m"}""", "/grain")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"lifetime","grain":"1m"}""", "/grain")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1d","of":{"product":"id"}}""", "/of")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1d","by":{"product":"id"}}""", "/by")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1d","halfLife":"1d"}""", "/halfLife")]
    [TestCase("""{"aggregate":"sum","events":["A"],"window":"1d"}""", "")]
    [TestCase("""{"aggregate":"sum","of":{"product":"brand"},"events":["A"],"window":"1d"}""", "/of/product")]
    [TestCase("""{"aggregate":"sum","of":{"product":"price","property":"x"},"events":["A"],"window":"1d"}""", "/of")]
    [TestCase("""{"aggregate":"rate","events":["A"],"window":"lifetime"}""", "/window")]
    [TestCase("""{"aggregate":"affinity","by":{"product":"brand"},"events":["A"],"window":"30d"}""", "/window")]
    [TestCase("""{"aggregate":"affinity","key":"item","by":{"product":"brand"},"events":["A"]}""", "/aggregate")]
    [TestCase("""{"aggregate":"count","key":"item","events":["A"],"window":"session"}""", "/window")]
    [TestCase("""{"aggregate":"last","key":"item","of":{"property":"note"},"events":["A"]}""", "/of/property")]
    [TestCase("""{"aggregate":"last_n","n":65,"of":{"product":"id"},"events":["A"]}""", "/n")]
    [TestCase("""{"aggregate":"ratio","of":["a"]}""", "/of")]
    [TestCase("""{"aggregate":"ratio","of":["a","B"]}""", "/of/1")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1d","where":{"trait":"plan","op":"eq","value":"gold"}}""", "/where")]
    [TestCase("""{"aggregate":"count","events":["A"],"window":"1d","colour":1}""", "/colour")]
    [TestCase("""{"aggregate":"count","aggregate":"count","events":["A"],"window":"1d"}""", "/aggregate")]
    public void This_is_a_fault(string json, string path) => Assert.That(Faults(json).Select(fault => fault.Path), Is.EqualTo(new[] { path }));

    [Test]
    public void All_faults_are_told_at_once()
    {
        var faults = Faults("""{"aggregate":"sum","key":"shop","events":["A",""],"window":"1y","lateness":3,"n":4,"freshnessObjectiveMs":0}""");

        Assert.That(faults.Select(fault => fault.Path), Is.EquivalentTo(new[] { "/key", "", "/events/1", "/window", "/lateness", "/n", "/freshnessObjectiveMs" }));
    }

    [Test]
    public void The_name_of_a_built_in_feature_is_taken() => Assert.That(Faults("""{"aggregate":"count","events":["A"],"window":"1d"}""", "orders"), Has.Count.EqualTo(1));

    [TestCase("90s", 2)]
    [TestCase("1h", 60)]
    [TestCase("100s", 2)]
    [TestCase("7d", 10_080)]
    [TestCase("97s", 97)]
    public void The_grain_that_is_taken_divides_the_window(string window, int seconds) =>
        Assert.That(Read($$"""{"aggregate":"count","events":["A"],"window":"{{window}}"}""")!.Window.GrainMs, Is.EqualTo(seconds * 1_000));

    private static FeatureDefinition? Read(string json) => Read(json, []);

    private static List<DefinitionFault> Faults(string json, string id = "x")
    {
        var faults = new List<DefinitionFault>();
        Read(json, faults, id);
        return faults;
    }

    private static FeatureDefinition? Read(string json, List<DefinitionFault> faults, string id = "x")
    {
        using var document = JsonDocument.Parse(json);
        return FeatureDefinitionReader.Read(id, document.RootElement, faults);
    }
}
