using System.Text;
using NUnit.Framework;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>The quick way, which must always agree with the tree.</summary>
internal sealed class StreamedSchemaTests
{
    [Test]
    public void Both_ways_agree_on_random_schemas_and_instances()
    {
        var random = new RandomSchemas(4_711);
        var (streamed, valid, asked) = (0, 0, 0);
        for (var i = 0; i < 4_000; i++)
        {
            var text = random.Schema(3);
            var schema = SchemaTexts.Compile(text);
            if (!schema.IsStreamed)
            {
                continue;
            }

            streamed++;
            for (var j = 0; j < 30; j++)
            {
                var instance = random.Instance(3);
                var utf8 = Encoding.UTF8.GetBytes(instance);
                var isValid = schema.IsValid(utf8);
                Assert.That(isValid, Is.EqualTo(schema.IsValidTree(utf8)), $"{text}\n{instance}");
                Assert.That(schema.Validate(utf8).Count == 0, Is.EqualTo(isValid), $"{text}\n{instance}");
                valid += isValid ? 1 : 0;
                asked++;
            }
        }

        Assert.That(streamed, Is.GreaterThan(1_000));
        Assert.That(valid * 10, Is.InRange(asked, asked * 9), "neither answer is rare");
    }

    [TestCase("""{"type":"object","properties":{"a":{"type":"string","pattern":"^x"}},"required":["a"],"additionalProperties":false}""", true)]
    [TestCase("""{"items":{"$ref":"#/$defs/item"},"$defs":{"item":{"properties":{"children":{"$ref":"#"}}}}}""", true)]
    [TestCase("""{"enum":[1,"a",null]}""", true)]
    [TestCase("""{"enum":[[1]]}""", false)]
    [TestCase("""{"anyOf":[{"type":"string"}]}""", false)]
    [TestCase("""{"properties":{"a":{"uniqueItems":true}}}""", false)]
    public void Schemas_of_simple_keywords_are_streamed(string schema, bool isStreamed) =>
        Assert.That(SchemaTexts.Compile(schema).IsStreamed, Is.EqualTo(isStreamed));

    [TestCase("""{"a":"x","b":[{"c":1.5},{"c":-2}],"d":null,"unknown":{"deep":[1,2,{"x":"y"}]},"e":"two","f":"é\u00e9"}""")]
    [TestCase("""{ "a" : "xyz" , "\u0062" : [ ] }""")]
    public void Validating_a_valid_instance_allocates_nothing(string instance)
    {
        var schema = SchemaTexts.Compile(
            """
            {"type":"object","required":["a"],"minProperties":1,"properties":{
              "a":{"type":"string","minLength":1,"maxLength":10,"pattern":"^x"},
              "b":{"type":"array","maxItems":5,"items":{"type":"object","properties":{"c":{"type":"number","minimum":-2,"multipleOf":0.5}},"required":["c"]}},
              "d":{"type":["null","string"]},"e":{"enum":["one","two"]},"f":{"maxLength":2}}}
            """);
        var utf8 = Encoding.UTF8.GetBytes(instance);
        for (var i = 0; i < 100; i++)
        {
            schema.IsValid(utf8);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var isValid = schema.IsValid(utf8);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That((isValid, allocated), Is.EqualTo((true, 0L)));
    }
}
