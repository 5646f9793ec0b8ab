using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tracking.Domain.Schemas.Compatibility;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>What a new version may change, and by which rule it may not.</summary>
internal sealed class SchemaCompatibilityTests
{
    // What accepts as much or more.
    [TestCase("""{"type":"integer"}""", """{"type":"number"}""")]
    [TestCase("""{"type":"string"}""", """{"type":["null","string"]}""")]
    [TestCase("""{"type":"string"}""", "true")]
    [TestCase("false", """{"type":"string"}""")]
    [TestCase("""{"required":["a","b"]}""", """{"required":["b"]}""")]
    [TestCase("""{"enum":["a","b"]}""", """{"enum":["a","b","c"]}""")]
    [TestCase("""{"const":1}""", """{"enum":[1.0,2]}""")]
    [TestCase("""{"enum":["a","b"]}""", """{"type":"string","maxLength":1,"pattern":"^[ab]$"}""")]
    [TestCase("""{"minimum":5}""", """{"minimum":4}""")]
    [TestCase("""{"exclusiveMinimum":4}""", """{"minimum":4}""")]
    [TestCase("""{"minimum":5}""", """{"exclusiveMinimum":4}""")]
    [TestCase("""{"type":"string"}""", """{"type":"string","minimum":4}""")]
    [TestCase("""{"multipleOf":6}""", """{"multipleOf":3}""")]
    [TestCase("""{"type":"integer"}""", """{"type":"number","multipleOf":0.5}""")]
    [TestCase("""{"maxLength":5}""", """{"maxLength":6}""")]
    [TestCase("""{"required":["a","b"]}""", """{"minProperties":2}""")]
    [TestCase("""{"properties":{"a":{"type":"string"}}}""", """{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}""")]
    [TestCase("""{"properties":{"a":{"type":"string"}},"additionalProperties":false}""", """{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"additionalProperties":false}""")]
    [TestCase("""{"properties":{"a":{"type":"string"}},"additionalProperties":false}""", """{"properties":{"a":{"type":"string"}}}""")]
    [TestCase("""{"properties":{"a":{"type":"string"}}}""", "{}")]
    [TestCase("""{"properties":{"a":false},"additionalProperties":{"type":"integer"}}""", """{"additionalProperties":{"type":"number"}}""")]
    [TestCase("""{"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false}""", """{"patternProperties":{"^x":{"type":"number"}},"additionalProperties":false}""")]
    [TestCase("""{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"integer"}}}""", """{"properties":{"a":{"type":"number"}}}""")]
    [TestCase("""{"allOf":[{"minimum":1},{"maximum":5}]}""", """{"minimum":0,"maximum":5}""")]
    [TestCase("""{"minimum":1,"maximum":5}""", """{"allOf":[{"minimum":1},{"maximum":5}]}""")]
    [TestCase("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", """{"type":["string","null"]}""")]
    [TestCase("""{"oneOf":[{"type":"string"},{"type":"null"}]}""", """{"anyOf":[{"type":"null"},{"type":"string"},{"type":"integer"}]}""")]
    [TestCase("""{"type":"string"}""", """{"anyOf":[{"type":"null"},{"type":"string"}]}""")]
    [TestCase("""{"prefixItems":[{"type":"string"}],"items":false}""", """{"items":{"type":["string","null"]}}""")]
    [TestCase("""{"items":{"type":"integer"}}""", """{"prefixItems":[{"type":"number"}],"items":{"type":"integer"}}""")]
    [TestCase("""{"not":{"const":1},"minimum":3}""", """{"not":{"const":1},"minimum":2}""")]
    [TestCase("""{"if":{"const":1},"then":{"minimum":2},"else":{"maximum":1}}""", """{"if":{"const":1},"then":{"minimum":2}}""")]
    [TestCase("""{"properties":{"children":{"items":{"$ref":"#"}},"n":{"type":"integer"}}}""", """{"properties":{"children":{"items":{"$ref":"#"}},"n":{"type":"number"}}}""")]
    [TestCase("""{"title":"a","format":"email"}""", """{"title":"b","format":"uri"}""")]
    [TestCase("""{"properties":{"a":{}}}""", """{"properties":{"a":{}},"additionalProperties":{"x-note":"free"}}""")]
    [TestCase("""{"$ref":"#/$defs/b","unevaluatedProperties":false,"$defs":{"b":{"properties":{"a":{}}}}}""", """{"$ref":"#/$defs/b","unevaluatedProperties":false,"title":"b","$defs":{"b":{"properties":{"a":{}}}}}""")]
    [TestCase("""{"properties":{"a":{"$dynamicRef":"#n"}},"$defs":{"q":{"$dynamicAnchor":"n","type":"string"}}}""", """{"properties":{"a":{"$dynamicRef":"#n"}},"title":"b","$defs":{"q":{"$dynamicAnchor":"n","type":"string"}}}""")]
    [TestCase("""{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}]}""", """{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}],"properties":{"c":{"type":"integer"}}}""")]
    [TestCase("""{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"a":{"type":"integer"}}}]}""", """{"properties":{"a":{"type":["string","integer"]}}}""")]
    [TestCase("""{"oneOf":[{"properties":{"a":{}},"additionalProperties":false},{"required":["b"]}]}""", """{"properties":{"c":{"type":"integer"}}}""")]
    public void A_version_that_accepts_all_of_the_old_one_is_compatible(string old, string next) => Assert.That(Rules(old, next), Is.Empty);

    [TestCase("""{"type":"number"}""", """{"type":"integer"}""", "type-narrowed /type")]
    [TestCase("{}", """{"type":"string"}""", "type-narrowed /type")]
    [TestCase("true", "false", "nothing-accepted ")]
    [TestCase("""{"type":["string","null"]}""", """{"type":"string"}""", "type-narrowed /type")]
    [TestCase("""{"required":["a"]}""", """{"required":["a","b"]}""", "required-added /required")]
    [TestCase("""{"enum":["a","b"]}""", """{"enum":["a"]}""", "enum-value-removed /enum")]
    [TestCase("""{"enum":["a","b"]}""", """{"const":"a"}""", "enum-value-removed /const")]
    [TestCase("""{"type":"string"}""", """{"type":"string","enum":["a"]}""", "enum-added /enum")]
    [TestCase("""{"type":"number"}""", """{"type":"number","minimum":0}""", "minimum-added /minimum")]
    [TestCase("""{"minimum":1}""", """{"minimum":2}""", "minimum-raised /minimum")]
    [TestCase("""{"minimum":1}""", """{"exclusiveMinimum":1}""", "exclusive-minimum-raised /exclusiveMinimum")]
    [TestCase("""{"maximum":3}""", """{"maximum":2.9}""", "maximum-lowered /maximum")]
    [TestCase("""{"multipleOf":3}""", """{"multipleOf":6}""", "multiple-of-tightened /multipleOf")]
    [TestCase("""{"maxLength":6}""", """{"maxLength":5}""", "max-length-lowered /maxLength")]
    [TestCase("""{"pattern":"^a"}""", """{"pattern":"^ab"}""", "pattern-changed /pattern")]
    [TestCase("""{"type":"string"}""", """{"type":"string","pattern":"^ab"}""", "pattern-added /pattern")]
    [TestCase("""{"type":"array"}""", """{"type":"array","uniqueItems":true}""", "unique-items-added /uniqueItems")]
    [TestCase("""{"items":{"type":"number"}}""", """{"items":{"type":"integer"}}""", "type-narrowed /items/type")]
    [TestCase("""{"type":"array"}""", """{"type":"array","prefixItems":[{"type":"string"}]}""", "items-constrained /prefixItems/0")]
    [TestCase("""{"prefixItems":[true]}""", """{"prefixItems":[true],"items":false}""", "items-closed /items")]
    [TestCase("""{"properties":{"a":{"type":"string"}}}""", """{"properties":{"a":{"type":"string"}},"additionalProperties":false}""", "additional-properties-closed /additionalProperties")]
    [TestCase("""{"properties":{"a":{},"b":{}},"additionalProperties":false}""", """{"properties":{"a":{}},"additionalProperties":false}""", "property-removed /additionalProperties")]
    [TestCase("""{"properties":{"a":{"type":"string"}},"additionalProperties":{"type":"string"}}""", """{"properties":{"a":{"type":"string"},"b":{"type":"integer"}},"additionalProperties":{"type":"string"}}""", "type-narrowed /properties/b/type")]
    [TestCase("""{"properties":{"a":true}}""", """{"properties":{"a":{"type":"string"}}}""", "type-narrowed /properties/a/type")]
    [TestCase("""{"properties":{"a":{"properties":{"b":{"maximum":2}}}}}""", """{"properties":{"a":{"properties":{"b":{"maximum":1}}}}}""", "maximum-lowered /properties/a/properties/b/maximum")]
    [TestCase("{}", """{"patternProperties":{"^a":{"type":"string"}}}""", "pattern-property-added /patternProperties/^a")]
    [TestCase("{}", """{"dependentRequired":{"a":["b"]}}""", "dependent-required-added /dependentRequired/a")]
    [TestCase("""{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"number"}}}""", """{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"integer"}}}""", "type-narrowed /$defs/a/type")]
    [TestCase("""{"not":{"$ref":"#/$defs/a"},"$defs":{"a":{"const":1}}}""", """{"not":{"$ref":"#/$defs/a"},"$defs":{"a":{"minimum":1}}}""", "not-comparable /not")]
    [TestCase("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", """{"anyOf":[{"type":"string"}]}""", "alternatives-narrowed /anyOf")]
    [TestCase("""{"oneOf":[{"type":"string"}]}""", """{"oneOf":[{"type":"string"},{"maxLength":3}]}""", "not-comparable /oneOf")]
    [TestCase("""{"if":{"const":1},"then":{"minimum":2}}""", """{"if":{"const":2},"then":{"minimum":2}}""", "not-comparable /if,not-comparable /then")]
    [TestCase("""{"properties":{"a":true},"unevaluatedProperties":false}""", """{"unevaluatedProperties":false}""", "not-comparable /unevaluatedProperties")]
    [TestCase("""{"$ref":"#/$defs/b","unevaluatedProperties":false,"$defs":{"b":{"properties":{"a":{},"c":{}}}}}""", """{"$ref":"#/$defs/b","unevaluatedProperties":false,"$defs":{"b":{"properties":{"a":{}}}}}""", "not-comparable /unevaluatedProperties")]
    [TestCase("""{"$ref":"#/$defs/b","unevaluatedItems":false,"$defs":{"b":{"prefixItems":[{},{}]}}}""", """{"$ref":"#/$defs/b","unevaluatedItems":false,"$defs":{"b":{"prefixItems":[{}]}}}""", "not-comparable /unevaluatedItems")]
    [TestCase("""{"anyOf":[{"properties":{"a":{}}}],"unevaluatedProperties":false}""", """{"unevaluatedProperties":false}""", "not-comparable /unevaluatedProperties")]
    [TestCase("""{"properties":{"a":{"$dynamicRef":"#n"}},"$defs":{"q":{"$dynamicAnchor":"n","type":"string"}}}""", """{"properties":{"a":{"$dynamicRef":"#n"}},"$defs":{"q":{"$dynamicAnchor":"n","type":"integer"}}}""", "not-comparable /properties/a/$dynamicRef")]
    [TestCase("""{"properties":{"a":{"not":{"$re\u0066":"#/$defs/q"}}},"$defs":{"q":{"type":"string"}}}""", """{"properties":{"a":{"not":{"$re\u0066":"#/$defs/q"}}},"$defs":{"q":{"type":["string","null"]}}}""", "not-comparable /properties/a/not")]
    [TestCase("""{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}]}""", """{"anyOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"integer"}}}]}""", "alternatives-narrowed /anyOf")]
    [TestCase("""{"anyOf":[{"properties":{"a":{"type":"string"}}},{"required":["b"]}]}""", """{"properties":{"a":{"type":"integer"}}}""", "type-narrowed /properties/a/type")]
    [TestCase("""{"anyOf":[{"$ref":"#/$defs/x"},{"required":["b"]}],"$defs":{"x":{"patternProperties":{"^a":{"type":"string"}}}}}""", """{"properties":{"a":{"type":"string"}}}""", "type-narrowed /properties/a/type")]
    [TestCase("""{"if":{"required":["b"]},"then":{"properties":{"a":{"type":"string"}}}}""", """{"properties":{"a":{"type":"integer"}}}""", "type-narrowed /properties/a/type")]
    [TestCase("""{"unevaluatedProperties":{"type":"string"}}""", """{"properties":{"a":{"type":"integer"}}}""", "type-narrowed /properties/a/type")]
    [TestCase("""{"contains":{"const":1},"minContains":0}""", """{"contains":{"const":1}}""", "not-comparable /contains")]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"$ref":"https://json-schema.org/draft/2020-12/schema","minProperties":1}""", "min-properties-added /minProperties,not-comparable https://json-schema.org/draft/2020-12/schema")]
    public void A_version_that_may_refuse_what_was_accepted_is_told_so(string old, string next, string rules) =>
        Assert.That(string.Join(',', Rules(old, next).Order(StringComparer.Ordinal)), Is.EqualTo(rules));

    [Test]
    public void A_property_that_gets_its_first_schema_is_a_breach_when_the_comparison_is_strict()
    {
        const string Old = """{"properties":{"a":{"type":"string"}}}""";
        const string Next = """{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}""";

        Assert.That((Rules(Old, Next), Rules(Old, Next, isStrict: true)), Is.EqualTo((Array.Empty<string>(), new[] { "property-constrained /properties/b" })));
    }

    /// <summary>Random pairs: whatever the strict comparison lets pass must accept every value that the old version accepts.</summary>
    [Test]
    public void No_instance_of_the_old_version_is_refused_by_one_that_is_compatible()
    {
        var random = new RandomSchemas(20_261_121);
        var compatible = 0;
        for (var i = 0; i < 6_000; i++)
        {
            var old = random.Schema(3);
            var next = i % 3 == 0 ? random.Schema(3) : random.Mutate(old);
            if (Rules(old, next, isStrict: true).Length > 0)
            {
                continue;
            }

            compatible++;
            var (before, after) = (SchemaTexts.Compile(old), SchemaTexts.Compile(next));
            for (var j = 0; j < 40; j++)
            {
                var instance = Encoding.UTF8.GetBytes(random.Instance(3));
                Assert.That(!before.IsValid(instance) || after.IsValid(instance), $"{old}\n{next}\n{Encoding.UTF8.GetString(instance)}");
            }
        }

        Assert.That(compatible, Is.GreaterThan(500));
    }

    private static string[] Rules(string old, string next, bool isStrict = false)
    {
        var (before, after) = (JsonElement.Parse(old), JsonElement.Parse(next));
        return [.. SchemaCompatibility.Compare(before, after, isStrict).Select(breach => $"{breach.Rule} {breach.Pointer}")];
    }
}
