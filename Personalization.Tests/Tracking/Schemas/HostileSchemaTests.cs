using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Domain.Schemas;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Schemas that are wrong or mean harm, and instances that do: a clear answer, soon, and never an exception.</summary>
[CancelAfter(30_000)]
internal sealed class HostileSchemaTests
{
    [TestCase("", "", "not JSON")]
    [TestCase("{", "", "not JSON")]
    [TestCase("[]", "", "must be an object, true or false")]
    [TestCase("""{"title":"\ud800"}""", "", "half a surrogate pair")]
    [TestCase("""{"type":"float"}""", "/type", "null, boolean")]
    [TestCase("""{"type":["string","string"]}""", "/type", "null, boolean")]
    [TestCase("""{"type":[]}""", "/type", "null, boolean")]
    [TestCase("""{"enum":"a"}""", "/enum", "a list of values")]
    [TestCase("""{"minLength":-1}""", "/minLength", "0 or more")]
    [TestCase("""{"maxItems":1.5}""", "/maxItems", "0 or more")]
    [TestCase("""{"maximum":"1"}""", "/maximum", "a number")]
    [TestCase("""{"multipleOf":0}""", "/multipleOf", "above 0")]
    [TestCase("""{"uniqueItems":1}""", "/uniqueItems", "true or false")]
    [TestCase("""{"required":"a"}""", "/required", "a list of names")]
    [TestCase("""{"required":["a","a"]}""", "/required", "twice")]
    [TestCase("""{"dependentRequired":{"a":["b",1]}}""", "/dependentRequired/a", "a list of names")]
    [TestCase("""{"properties":[]}""", "/properties", "an object of schemas")]
    [TestCase("""{"properties":{"a/b":{"items":5}}}""", "/properties/a~1b/items", "must be an object, true or false")]
    [TestCase("""{"allOf":[]}""", "/allOf", "at least one")]
    [TestCase("""{"anyOf":{}}""", "/anyOf", "at least one")]
    [TestCase("""{"$ref":5}""", "/$ref", "must be text")]
    [TestCase("""{"$ref":"#nowhere"}""", "/$ref", "no anchor 'nowhere'")]
    [TestCase("""{"$ref":"#/$defs/nowhere"}""", "/$ref", "nothing at '/$defs/nowhere'")]
    [TestCase("""{"items":{"$ref":"other.json"}}""", "/items/$ref", "other.json is not known here")]
    [TestCase("""{"$dynamicRef":"#nowhere"}""", "/$dynamicRef", "no anchor 'nowhere'")]
    [TestCase("""{"$anchor":"1a"}""", "/$anchor", "must be a name")]
    [TestCase("""{"items":{"$anchor":"a"},"not":{"$anchor":"a"}}""", "/not/$anchor", "twice")]
    [TestCase("""{"$id":"https://shop.example/a#b"}""", "/$id", "fragment")]
    [TestCase("""{"items":{"$id":"https://shop.example/a"},"not":{"$id":"https://shop.example/a"}}""", "/not/$id", "already")]
    [TestCase("""{"$schema":"http://json-schema.org/draft-07/schema#"}""", "/$schema", "draft 2020-12")]
    [TestCase("""{"$ref":"#"}""", "", "never end")]
    [TestCase("""{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}}""", "/$defs/a/not", "never end")]
    [TestCase("""{"if":true,"then":{"anyOf":[{"$ref":"#/then"}]}}""", "/then/anyOf/0", "never end")]
    [TestCase("""{"pattern":"("}""", "/pattern", "not closed")]
    [TestCase("""{"pattern":"a\\Z"}""", "/pattern", "no escape '\\Z'")]
    [TestCase("""{"pattern":"(?i)a"}""", "/pattern", "no such group")]
    [TestCase("""{"pattern":"*a"}""", "/pattern", "repeats nothing")]
    [TestCase("""{"pattern":"[z-a]"}""", "/pattern", "ends before it begins")]
    [TestCase("""{"pattern":"\\p{Script=Greek}"}""", "/pattern", "general categories")]
    [TestCase("""{"pattern":"(((a{99}){99}){99}){99}"}""", "/pattern", "multiply to too much")]
    [TestCase("""{"patternProperties":{"[":true}}""", "/patternProperties/[", "not closed")]
    public void A_schema_that_is_wrong_is_told_where_and_why(string schema, string pointer, string why)
    {
        var error = SchemaTexts.ErrorOf(schema);

        Assert.That(error.Pointer, Is.EqualTo(pointer));
        Assert.That(error.Message, Does.Contain(why));
    }

    [Test]
    public void A_vocabulary_that_is_needed_and_not_known_refuses_the_schema()
    {
        var compiled = SchemaTexts.TryCompile(
            """{"$schema":"https://shop.example/meta"}""",
            null,
            ("https://shop.example/meta", """{"$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/format-assertion":true}}"""));

        Assert.That(compiled.Errors.Single().Message, Does.Contain("vocab/format-assertion"));
    }

    [Test]
    public void A_schema_of_many_errors_tells_a_bounded_number_of_them()
    {
        var properties = string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"p{i}\":{{\"type\":1}}"));

        var compiled = SchemaTexts.TryCompile($"{{\"properties\":{{{properties}}}}}");

        Assert.That(compiled.Errors, Has.Count.EqualTo(SchemaLimits.Errors));
    }

    [TestCase(200, "nested deeper")]
    [TestCase(25_000, "nested deeper")]
    public void A_schema_that_is_nested_too_deep_is_refused(int levels, string why) =>
        Assert.That(SchemaTexts.ErrorOf(Nested("""{"not":""", "true", "}", levels)).Message, Does.Contain(why));

    [Test]
    public void A_schema_of_too_many_subschemas_or_bytes_is_refused()
    {
        var properties = string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"p{i}\":true"));
        var schema = $"{{\"properties\":{{{properties}}}}}";

        Assert.That(SchemaTexts.ErrorOf(schema, SchemaLimits.Default with { Subschemas = 100 }).Message, Does.Contain("100 subschemas"));
        Assert.That(SchemaTexts.ErrorOf(schema, SchemaLimits.Default with { Bytes = 1_000 }).Message, Does.Contain("1000"));
    }

    [Test]
    public void A_long_chain_of_references_is_refused()
    {
        var links = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"d{i}\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}"));

        var error = SchemaTexts.ErrorOf($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{links},\"d1000\":true}}}}");

        Assert.That(error.Message, Does.Contain("follow one another"));
    }

    [Test]
    public void Alternatives_that_multiply_end_the_validation()
    {
        var levels = string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}"));
        var schema = SchemaTexts.Compile($"{{\"not\":{{\"not\":{{\"$ref\":\"#/$defs/d0\"}}}},\"$defs\":{{{levels},\"d40\":true}}}}");

        var faults = schema.Validate("{}"u8.ToArray());

        Assert.That(schema.IsValid("{}"u8.ToArray()), Is.False);
        Assert.That(faults[0].Message, Does.Contain("more time"));
    }

    [TestCase("""{"$dynamicAnchor":"x","$dynamicRef":"#x"}""")]
    [TestCase("""{"$dynamicAnchor":"x","not":{"$dynamicRef":"#x"}}""")]
    public void A_dynamic_reference_that_never_ends_is_given_up(string schema) => Assert.That(SchemaTexts.Compile(schema).Admits("1"), Is.False);

    [Test]
    public void A_pattern_that_would_backtrack_forever_elsewhere_is_linear_here()
    {
        var schema = SchemaTexts.Compile("""{"pattern":"^(([a-z])+.)+[A-Z]([a-z])+$"}""");

        Assert.That(schema.Admits($"\"{new string('a', 20_000)}\""), Is.False);
    }

    [TestCase(3_000)]
    [TestCase(60_000)]
    public void A_pattern_of_many_states_finds_its_match_in_a_long_text(int letters)
    {
        var schema = SchemaTexts.Compile("""{"pattern":"^(a|b)*a(a|b){15}$"}""");
        var random = new Random(4_711);
        var (head, tail) = (Letters(random, letters), Letters(random, 15));

        Assert.That((schema.Admits($"\"{head}a{tail}\""), schema.Admits($"\"{head}b{tail}\"")), Is.EqualTo((true, false)));
    }

    [TestCase("""{"pattern":"^a{0,1900}"}""")]
    [TestCase("""{"not":{"pattern":"^b{1900}"}}""")]
    public void A_text_too_long_for_its_pattern_is_no_mismatch_but_cannot_be_judged(string text)
    {
        var schema = SchemaTexts.Compile(text);

        Assert.That((schema.Admits($"\"{new string('a', 5_000)}\""), schema.Admits($"\"{new string('a', 6_000)}\"")), Is.EqualTo((true, false)));
        Assert.That(schema.Validate(Encoding.UTF8.GetBytes($"\"{new string('a', 6_000)}\"")).Single().Message, Does.StartWith("Cannot be judged"));
    }

    [Test]
    public void Patterns_that_together_take_too_long_end_the_validation()
    {
        var patterns = string.Join(',', Enumerable.Repeat("""{"pattern":"^a{0,1900}"}""", 20));
        var schema = SchemaTexts.Compile($"{{\"allOf\":[{patterns}]}}");

        Assert.That((schema.Admits($"\"{new string('a', 500)}\""), schema.Admits($"\"{new string('a', 5_000)}\"")), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_pattern_that_needs_backtracking_is_refused_where_only_linear_ones_are_taken_and_runs_out_of_time_elsewhere()
    {
        const string Schema = """{"not":{"pattern":"^(?=(a+)+$)"}}""";
        var strict = SchemaTexts.ErrorOf(Schema, SchemaLimits.Default with { OnlyLinearPatterns = true });
        var schema = SchemaTexts.Compile(Schema);

        Assert.That(strict.Message, Does.Contain("look-around"));
        Assert.That(schema.Admits($"\"{new string('a', 200)}!\""), Is.False, "given up is invalid, whatever is negated");
    }

    [Test]
    public void A_huge_enumeration_is_asked_in_no_time()
    {
        var values = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"v{i}\""));
        var schema = SchemaTexts.Compile($"{{\"items\":{{\"enum\":[{values}]}}}}");

        Assert.That(schema.Admits($"[{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"v{i * 3}\""))}]"));
    }

    [Test]
    public void Many_items_are_compared_without_comparing_each_with_each()
    {
        var schema = SchemaTexts.Compile("""{"uniqueItems":true}""");
        var items = Enumerable.Range(0, 30_000).Select(i => i.ToString()).ToArray();

        Assert.That((schema.Admits($"[{string.Join(',', items)}]"), schema.Admits($"[{string.Join(',', items)},7.0]")), Is.EqualTo((true, false)));
    }

    [TestCase("""{"multipleOf":0.0001}""", "1e999999999999", true)]
    [TestCase("""{"minimum":1e999999999999}""", "1e999999999998", false)]
    [TestCase("""{"type":"integer"}""", "1e-999999999999", false)]
    public void Numbers_of_many_digits_cost_no_more_than_their_text(string schema, string instance, bool isValid) =>
        Assert.That(SchemaTexts.Compile(schema).Admits(instance), Is.EqualTo(isValid));

    [Test]
    public void A_recursive_schema_follows_an_instance_to_its_end()
    {
        var schema = SchemaTexts.Compile("""{"properties":{"c":{"$ref":"#"}},"additionalProperties":false}""");
        var general = SchemaTexts.Compile("""{"anyOf":[{"properties":{"c":{"$ref":"#"}},"additionalProperties":false}]}""");

        Assert.That((schema.Admits(Nested("""{"c":""", "{}", "}", 60)), general.Admits(Nested("""{"c":""", """{"d":1}""", "}", 60))), Is.EqualTo((true, false)));
    }

    [Test]
    public void Faults_tell_the_place_in_both_and_no_value_of_the_instance()
    {
        var faults = SchemaTexts.FaultsOf(
            """{"properties":{"a/b":{"items":{"$ref":"#/$defs/n"}},"secret":{"type":"integer"}},"additionalProperties":false,"$defs":{"n":{"maximum":3}}}""",
            """{"a/b":[1,9],"secret":"4711-4711","more":1}""");

        Assert.That(faults.Select(fault => $"{fault.InstancePointer} {fault.SchemaPointer} {fault.Keyword}"), Is.EqualTo(new[]
        {
            "/a~1b/1 /$defs/n/maximum maximum", "/secret /properties/secret/type type", "/more /additionalProperties additionalProperties",
        }));
        Assert.That(string.Concat(faults.Select(fault => fault.Message)), Does.Not.Contain("4711"));
    }

    [Test]
    public void The_faults_of_one_instance_are_bounded()
    {
        var schema = SchemaTexts.Compile("""{"items":{"type":"string"}}""");

        var faults = schema.Validate(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", 10_000))}]"));

        Assert.That(faults, Has.Count.EqualTo(SchemaLimits.Faults));
    }

    private static string Letters(Random random, int count) => new(random.GetItems<char>("ab", count));

    private static string Nested(string open, string core, string close, int levels) =>
        string.Concat(Enumerable.Repeat(open, levels)) + core + string.Concat(Enumerable.Repeat(close, levels));
}
