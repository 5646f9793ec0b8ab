using NUnit.Framework;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Corners of draft 2020-12, each read from the specification.</summary>
internal sealed class DraftCornerTests
{
    private const string Pair = """{"$defs":{"":{"$defs":{"":{"type":"number"}}}},"allOf":[{"$ref":"#/$defs//$defs/"}]}""";

    private const string ListOfNumbers = """
        {"$id":"https://shop.example/numbers","$ref":"list","$defs":{
          "item":{"$dynamicAnchor":"item","type":"number"},
          "list":{"$id":"list","type":"array","items":{"$dynamicRef":"#item"},"$defs":{"any":{"$dynamicAnchor":"item"}}}}}
        """;

    private const string ThroughAnotherResource = """
        {"$id":"https://shop.example/main","if":{"properties":{"kind":{"const":"numbers"}},"required":["kind"]},
         "then":{"$ref":"numbers"},"else":{"$ref":"strings"},"$defs":{
          "list":{"$id":"list","properties":{"list":{"items":{"$dynamicRef":"#item"}}},"$defs":{"default":{"$dynamicAnchor":"item"}}},
          "numbers":{"$id":"numbers","$defs":{"item":{"$dynamicAnchor":"item","type":"number"}},"$ref":"list"},
          "strings":{"$id":"strings","$defs":{"item":{"$dynamicAnchor":"item","type":"string"}},"$ref":"list"}}}
        """;

    private const string Tree = """
        {"$id":"https://shop.example/strict-tree","$dynamicAnchor":"node","$ref":"tree","unevaluatedProperties":false,"$defs":{
          "tree":{"$id":"tree","$dynamicAnchor":"node","type":"object","properties":{"data":true,"children":{"type":"array","items":{"$dynamicRef":"#node"}}}}}}
        """;

    // Types and numbers: 1.0 is an integer, and no number is too large.
    [TestCase("""{"type":"integer"}""", "1.0", true)]
    [TestCase("""{"type":"integer"}""", "1e2", true)]
    [TestCase("""{"type":"integer"}""", "10e-1", true)]
    [TestCase("""{"type":"integer"}""", "1e-1", false)]
    [TestCase("""{"type":"integer"}""", "12345678910111213141516171819202122232425262728293031", true)]
    [TestCase("""{"type":"integer"}""", "1e999999999999999999999", true)]
    [TestCase("""{"type":["integer","null"]}""", "1.5", false)]
    [TestCase("""{"const":9007199254740992}""", "9007199254740993", false)]
    [TestCase("""{"const":9007199254740992}""", "9007199254740992.0", true)]
    [TestCase("""{"const":1e400}""", "10e399", true)]
    [TestCase("""{"const":-0.0}""", "0", true)]
    [TestCase("""{"const":0}""", "false", false)]
    [TestCase("""{"const":1}""", "true", false)]
    [TestCase("""{"const":[false]}""", "[0]", false)]
    [TestCase("""{"const":{"a":1,"b":2.0}}""", """{"b":2,"a":1.0}""", true)]
    [TestCase("""{"enum":[{"a":false}]}""", """{"a":0}""", false)]
    [TestCase("""{"enum":["a\u0000b"]}""", "\"a\\u0000b\"", true)]
    [TestCase("""{"enum":["a\u0000b"]}""", "\"ab\"", false)]
    [TestCase("""{"maximum":18446744073709551600}""", "18446744073709551601", false)]
    [TestCase("""{"exclusiveMaximum":972783798187987123879878123.18878137}""", "972783798187987123879878123.188781371", false)]
    [TestCase("""{"exclusiveMinimum":0}""", "1e-400", true)]
    [TestCase("""{"minimum":-2}""", "-2.0000000000000000000001", false)]
    [TestCase("""{"minimum":0.1}""", "0.1000", true)]
    [TestCase("""{"multipleOf":0.01}""", "4.02", true)]
    [TestCase("""{"multipleOf":0.0001}""", "0.00751", false)]
    [TestCase("""{"multipleOf":1e-8}""", "12391239123", true)]
    [TestCase("""{"multipleOf":0.123456789}""", "1e308", false)]
    [TestCase("""{"multipleOf":0.5}""", "1e308", true)]
    [TestCase("""{"multipleOf":7}""", "1e999999999", false)]
    [TestCase("""{"multipleOf":3}""", "0", true)]
    [TestCase("""{"multipleOf":10}""", "-35", false)]

    // Texts: lengths count code points; patterns are those of ECMA-262, searched anywhere.
    [TestCase("""{"maxLength":2}""", "\"\U0001F4A9\U0001F4A9\"", true)]
    [TestCase("""{"minLength":2}""", "\"\U0001F4A9\"", false)]
    [TestCase("""{"minLength":2}""", "\"\\ud83d\\udca9\"", false)]
    [TestCase("""{"maxLength":2.0}""", "\"abc\"", false)]
    [TestCase("""{"pattern":"a+"}""", "\"xxaayy\"", true)]
    [TestCase("""{"pattern":"^\\S(|(.|\\n)*\\S)$"}""", "\"a\\n\"", false)]
    [TestCase("""{"pattern":"^abc$"}""", "\"abc\\n\"", false)]
    [TestCase("""{"pattern":"^\\d$"}""", "\"߀\"", false)]
    [TestCase("""{"pattern":"^\\D$"}""", "\"߀\"", true)]
    [TestCase("""{"pattern":"^\\w$"}""", "\"é\"", false)]
    [TestCase("""{"pattern":"^\\W$"}""", "\"é\"", true)]
    [TestCase("""{"pattern":"^\\s$"}""", "\"\ufeff\"", true)]
    [TestCase("""{"pattern":"^\\s$"}""", "\"\\u0001\"", false)]
    [TestCase("""{"pattern":"^\\cC$"}""", "\"\\u0003\"", true)]
    [TestCase("""{"pattern":"^\\p{Letter}+$"}""", "\"Møller\"", true)]
    [TestCase("""{"pattern":"^\\P{L}$"}""", "\"é\"", false)]
    [TestCase("""{"pattern":"^[^\\p{Lu}a-c]$"}""", "\"b\"", false)]
    [TestCase("""{"pattern":"^🐲*$"}""", "\"🐲🐲\"", true)]
    [TestCase("""{"pattern":"^🐲*$"}""", "\"🐲🐉\"", false)]
    [TestCase("""{"pattern":"^.$"}""", "\"🐉\"", true)]
    [TestCase("""{"pattern":"^[^a]$"}""", "\"🐉\"", true)]
    [TestCase("""{"pattern":"^[🐉-🐲]{2}$"}""", "\"🐉🐲\"", true)]
    [TestCase("""{"pattern":"^[🐉-🐲]$"}""", "\"🐳\"", false)]
    [TestCase("""{"pattern":"^\\u{1F409}$"}""", "\"🐉\"", true)]
    [TestCase("""{"pattern":"\\bcat\\b"}""", "\"a cat.\"", true)]
    [TestCase("""{"pattern":"\\bcat\\b"}""", "\"cats\"", false)]
    [TestCase("""{"pattern":"^(a)\\1$"}""", "\"aa\"", true)]
    [TestCase("""{"pattern":"^(?!x)"}""", "\"xa\"", false)]
    [TestCase("""{"pattern":"[a-z-[aeiou]]"}""", "\"b]\"", true)]
    [TestCase("""{"pattern":"^[\\d\\-/]+$"}""", "\"12-3/4\"", true)]
    [TestCase("""{"format":"email"}""", "\"no address\"", true)]
    [TestCase("""{"contentMediaType":"application/json","contentSchema":false}""", "\"{:}\"", true)]

    // Objects: names are texts like others, and keywords that are not there say nothing.
    [TestCase("""{"properties":{"__proto__":{"type":"number"},"toString":{"properties":{"length":{"type":"string"}}},"constructor":{"type":"number"}}}""", """{"__proto__":"foo"}""", false)]
    [TestCase("""{"required":["__proto__","toString"]}""", """{"__proto__":1}""", false)]
    [TestCase("""{"properties":{"foo\nbar":{"type":"number"},"foo\"bar":{"type":"number"}}}""", """{"foo\nbar":"1"}""", false)]
    [TestCase("""{"properties":{"product":{"type":"number"}}}""", """{"pr\u006fduct":"1"}""", false)]
    [TestCase("""{"properties":{"foo":{"type":"null"}}}""", """{"foo":null}""", true)]
    [TestCase("""{"required":["foo"]}""", "[]", true)]
    [TestCase("""{"required":["foo"],"additionalProperties":false}""", """{"foo":1}""", false)]
    [TestCase("""{"patternProperties":{"^x":{"type":"number"}},"additionalProperties":{"type":"string"}}""", """{"x1":1,"y":"a"}""", true)]
    [TestCase("""{"patternProperties":{"a*":{"type":"integer"},"aaa*":{"maximum":20}}}""", """{"aaa":31}""", false)]
    [TestCase("""{"propertyNames":{"maxLength":3}}""", """{"foobar":1}""", false)]
    [TestCase("""{"propertyNames":{"pattern":"^\\p{L}+$"}}""", """{"é":1}""", true)]
    [TestCase("""{"dependentRequired":{"foo\tbar":["quote\"d"]}}""", """{"foo\tbar":1}""", false)]
    [TestCase("""{"dependentSchemas":{"foo":false}}""", """{"foo":1}""", false)]
    [TestCase("""{"properties":{"foo":{}},"dependentSchemas":{"foo":{"properties":{"bar":{}},"additionalProperties":false}}}""", """{"foo":1}""", false)]
    [TestCase("""{"minProperties":1.0}""", "{}", false)]
    [TestCase("""{"maxProperties":0}""", "{}", true)]

    // Arrays.
    [TestCase("""{"prefixItems":[{"type":"integer"}],"items":false}""", "[1]", true)]
    [TestCase("""{"prefixItems":[{"type":"integer"}],"items":false}""", "[1,2]", false)]
    [TestCase("""{"items":{"type":"null"}}""", "[null]", true)]
    [TestCase("""{"contains":{"const":1},"minContains":0}""", "[]", true)]
    [TestCase("""{"contains":{"const":1},"maxContains":1}""", "[1,1]", false)]
    [TestCase("""{"contains":{"const":1},"minContains":2.0}""", "[1,2]", false)]
    [TestCase("""{"minContains":2}""", "[]", true)]
    [TestCase("""{"contains":{"if":false,"else":true}}""", "[]", false)]
    [TestCase("""{"contains":false}""", "\"no array\"", true)]
    [TestCase("""{"uniqueItems":true}""", "[1.0,1.00,1]", false)]
    [TestCase("""{"uniqueItems":true}""", "[1,true]", true)]
    [TestCase("""{"uniqueItems":true}""", "[[1],[true]]", true)]
    [TestCase("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"b":2,"a":1}]""", false)]
    [TestCase("""{"uniqueItems":true}""", """["a","\u0061"]""", false)]
    [TestCase("""{"uniqueItems":true,"prefixItems":[{},{}],"items":false}""", "[false,0]", true)]

    // Logic.
    [TestCase("""{"if":{"const":0}}""", "0", true)]
    [TestCase("""{"then":{"const":0}}""", "1", true)]
    [TestCase("""{"if":true,"then":{"const":"then"},"else":{"const":"else"}}""", "\"else\"", false)]
    [TestCase("""{"oneOf":[{"type":"integer"},{"minimum":2}]}""", "3", false)]
    [TestCase("""{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1,"b":1}""", false)]
    [TestCase("""{"not":{}}""", "1", false)]
    [TestCase("""{"not":{"not":{"$comment":"annotations","anyOf":[true,{"properties":{"foo":true}}],"unevaluatedProperties":false}}}""", """{"bar":1}""", false)]
    [TestCase("""{"not":{"not":{"$comment":"annotations","anyOf":[true,{"properties":{"foo":true}}],"unevaluatedProperties":false}}}""", """{"foo":1}""", true)]

    // What is unevaluated.
    [TestCase("""{"allOf":[{"properties":{"a":true},"additionalProperties":true}],"unevaluatedProperties":false}""", """{"b":1}""", true)]
    [TestCase("""{"allOf":[{"properties":{"a":true},"unevaluatedProperties":true}],"unevaluatedProperties":false}""", """{"b":1}""", true)]
    [TestCase("""{"allOf":[{"properties":{"a":true}},{"unevaluatedProperties":false}]}""", """{"a":1}""", false)]
    [TestCase("""{"anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":true},"required":["b"]}],"unevaluatedProperties":false}""", """{"a":2,"b":1}""", false)]
    [TestCase("""{"if":{"properties":{"a":{"const":1}},"required":["a"]},"else":{"properties":{"b":true}},"unevaluatedProperties":false}""", """{"a":2}""", false)]
    [TestCase("""{"dependentSchemas":{"a":{"properties":{"b":true}}},"properties":{"a":true},"unevaluatedProperties":false}""", """{"a":1,"b":2}""", true)]
    [TestCase("""{"properties":{"a":{"properties":{"b":true}}},"unevaluatedProperties":false}""", """{"a":{},"b":1}""", false)]
    [TestCase("""{"properties":{"a":{"unevaluatedProperties":false}},"anyOf":[{"properties":{"a":{"properties":{"b":true}}}}]}""", """{"a":{"b":1}}""", false)]
    [TestCase("""{"$ref":"#/$defs/base","properties":{"a":true},"unevaluatedProperties":false,"$defs":{"base":{"properties":{"b":true}}}}""", """{"a":1,"b":1}""", true)]
    [TestCase("""{"unevaluatedProperties":{"type":"string"}}""", """{"a":1}""", false)]
    [TestCase("""{"prefixItems":[true],"contains":{"const":2},"unevaluatedItems":false}""", "[1,2]", true)]
    [TestCase("""{"prefixItems":[true],"contains":{"const":2},"unevaluatedItems":false}""", "[1,3,2]", false)]
    [TestCase("""{"allOf":[{"contains":{"multipleOf":2}},{"contains":{"multipleOf":3}}],"unevaluatedItems":{"multipleOf":5}}""", "[2,3,4,5,6]", true)]
    [TestCase("""{"allOf":[{"contains":{"multipleOf":2}},{"contains":{"multipleOf":3}}],"unevaluatedItems":{"multipleOf":5}}""", "[2,3,4,7,8]", false)]
    [TestCase("""{"contains":{"const":1},"minContains":0,"unevaluatedItems":false}""", "[1,1]", true)]
    [TestCase("""{"contains":{"const":1},"minContains":0,"unevaluatedItems":false}""", "[0]", false)]
    [TestCase("""{"prefixItems":[{"type":"string"}],"allOf":[{"prefixItems":[true,{"type":"number"}]}],"unevaluatedItems":false}""", """["a",1,true]""", false)]
    [TestCase("""{"items":{"type":"string"},"unevaluatedItems":false}""", """["a","b"]""", true)]

    // References.
    [TestCase(Pair, "1", true)]
    [TestCase(Pair, "\"a\"", false)]
    [TestCase("""{"$defs":{"a~b":{"type":"integer"}},"$ref":"#/$defs/a~0b"}""", "\"a\"", false)]
    [TestCase("""{"$defs":{"a/b":{"type":"integer"}},"$ref":"#/$defs/a~1b"}""", "\"a\"", false)]
    [TestCase("""{"$defs":{"a%b":{"type":"integer"}},"$ref":"#/$defs/a%25b"}""", "\"a\"", false)]
    [TestCase("""{"$ref":"#/$defs/a","maximum":3,"$defs":{"a":{"minimum":1}}}""", "5", false)]
    [TestCase("""{"properties":{"$ref":{"type":"string"}}}""", """{"$ref":1}""", false)]
    [TestCase("""{"$id":"urn:uuid:deadbeef-1234-ff00-00ff-4321feebdaed","properties":{"foo":{"$ref":"urn:uuid:deadbeef-1234-ff00-00ff-4321feebdaed#word"}},"$defs":{"w":{"$anchor":"word","type":"string"}}}""", """{"foo":1}""", false)]
    [TestCase("""{"$id":"urn:example:weather?=op=map&lat=39.56#","properties":{"foo":{"$ref":"#/$defs/bar"}},"$defs":{"bar":{"type":"string"}}}""", """{"foo":1}""", false)]
    [TestCase("""{"$id":"file:///folder/file.json","$defs":{"foo":{"type":"number"}},"$ref":"#/$defs/foo"}""", "\"a\"", false)]
    [TestCase("""{"$id":"https://shop.example/a/b/c.json","$ref":"../d.json","$defs":{"d":{"$id":"https://shop.example/a/d.json","type":"string"}}}""", "1", false)]
    [TestCase("""{"$id":"https://shop.example/tree","properties":{"nodes":{"items":{"$ref":"node"}}},"$defs":{"node":{"$id":"https://shop.example/node","properties":{"value":{"type":"number"},"subtree":{"$ref":"tree"}}}}}""", """{"nodes":[{"value":1,"subtree":{"nodes":[{"value":"2"}]}}]}""", false)]
    [TestCase("""{"$id":"https://shop.example/base","$defs":{"a":{"$id":"nested","$defs":{"b":{"$anchor":"x","type":"integer"}}},"c":{"$anchor":"x","type":"string"}},"$ref":"#x"}""", "\"text\"", true)]
    [TestCase("""{"$ref":"https://shop.example/if","if":{"$id":"https://shop.example/if","type":"integer"}}""", "\"a\"", false)]
    [TestCase("""{"$ref":"https://shop.example/else","else":{"$id":"https://shop.example/else","type":"integer"}}""", "\"a\"", false)]
    [TestCase("""{"$ref":"#/unknown/inner","unknown":{"inner":{"type":"integer"}}}""", "\"a\"", false)]
    [TestCase("""{"$defs":{"e":{"enum":[{"$id":"https://shop.example/e","type":"null"}]},"real":{"$id":"https://shop.example/e","type":"string"}},"$ref":"https://shop.example/e"}""", "\"a\"", true)]
    [TestCase("""{"$defs":{"u":{"not":{"array_of_schemas":[{"$id":"https://shop.example/u","type":"null"}]}},"real":{"$id":"https://shop.example/u","type":"string"}},"$ref":"https://shop.example/u"}""", "null", false)]
    [TestCase("""{"const":{"$ref":"#/$defs/a"},"$defs":{"a":{"type":"integer"}}}""", """{"$ref":"#/$defs/a"}""", true)]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"$id":"urn:example:foo#part"}""", false)]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"properties":{"a":{"minLength":-1}}}""", false)]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"$defs":{"a":{"$anchor":"9a"}}}""", false)]
    [TestCase("""{"$ref":"https://json-schema.org/draft/2020-12/meta/validation#/$defs/nonNegativeInteger"}""", "-1", false)]

    // References whose target depends on the way.
    [TestCase(ListOfNumbers, "[1,2]", true)]
    [TestCase(ListOfNumbers, """["a"]""", false)]
    [TestCase(ThroughAnotherResource, """{"kind":"numbers","list":[1]}""", true)]
    [TestCase(ThroughAnotherResource, """{"kind":"numbers","list":["a"]}""", false)]
    [TestCase(ThroughAnotherResource, """{"kind":"strings","list":["a"]}""", true)]
    [TestCase(ThroughAnotherResource, """{"kind":"strings","list":[1]}""", false)]
    [TestCase(Tree, """{"children":[{"data":1}]}""", true)]
    [TestCase(Tree, """{"children":[{"daat":1}]}""", false)]
    [TestCase("""{"$dynamicRef":"#x","$defs":{"a":{"$anchor":"x","type":"integer"}}}""", "\"a\"", false)]
    public void A_corner_of_the_draft(string schema, string instance, bool isValid) =>
        Assert.That(SchemaTexts.Compile(schema).Admits(instance), Is.EqualTo(isValid));

    [Test]
    public void A_reference_resolves_against_the_id_of_a_document_and_not_where_it_was_found()
    {
        var schema = SchemaTexts.Compile(
            """{"$ref":"https://shop.example/found#word"}""",
            ("https://shop.example/found", """{"$id":"https://shop.example/real/name","$ref":"other","$defs":{"w":{"$anchor":"word","$ref":"other"}}}"""),
            ("https://shop.example/real/other", """{"type":"integer"}"""));

        Assert.That((schema.Admits("1"), schema.Admits("\"a\"")), Is.EqualTo((true, false)));
    }

    [TestCase("""{"$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,"https://json-schema.org/draft/2020-12/vocab/applicator":true}}""", true)]
    [TestCase("""{"$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,"https://json-schema.org/draft/2020-12/vocab/validation":false,"https://shop.example/own":false}}""", false)]
    [TestCase("""{"type":"object"}""", false)]
    public void Keywords_of_a_vocabulary_that_the_metaschema_leaves_out_say_nothing(string metaSchema, bool isValid)
    {
        var schema = SchemaTexts.Compile(
            """{"$schema":"https://shop.example/meta","type":"string","minLength":3}""", ("https://shop.example/meta", metaSchema));

        Assert.That(schema.Admits("1"), Is.EqualTo(isValid));
    }

    [Test]
    public void Half_a_surrogate_pair_in_an_instance_is_one_unknown_character()
    {
        var schema = SchemaTexts.Compile("""{"properties":{"product":{"maxLength":3}},"required":["product"],"propertyNames":{"maxLength":9}}""");

        Assert.That(
            (schema.Admits("""{"product\ud800":1,"product":"ab\udc00"}"""), schema.Admits("""{"product\ud800":1}""")), Is.EqualTo((true, false)));
    }
}
