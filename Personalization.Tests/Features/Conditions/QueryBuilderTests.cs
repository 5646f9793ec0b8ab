using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.QueryBuilder;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Endpoints.Conditions;

namespace Personalization.Tests.Features.Conditions;

/// <summary>Queries of react-querybuilder, as its formatQuery writes them.</summary>
public sealed class QueryBuilderTests
{
    [TestCase(
        """{"id":"root","combinator":"and","not":false,"rules":[{"id":"1","path":[0],"field":"trait.plan","operator":"=","valueSource":"value","value":"gold"}]}""",
        """{"all":[{"trait":"plan","op":"eq","value":"gold"}]}""")]
    [TestCase(
        """{"combinator":"or","not":true,"rules":[{"field":"trait.name","operator":"beginsWith","value":"Stev"},{"field":"trait.name","operator":"in","value":"Vai, Vaughan"}]}""",
        """{"none":[{"trait":"name","op":"startsWith","value":"Stev"},{"trait":"name","op":"in","value":["Vai","Vaughan"]}]}""")]
    [TestCase(
        """{"combinator":"and","not":true,"rules":[{"field":"feature.orders_30d","operator":">","value":"28"}]}""",
        """{"none":[{"all":[{"feature":"orders_30d","op":"gt","value":28}]}]}""")]
    [TestCase(
        """{"combinator":"and","rules":[{"field":"trait.age","operator":"between","value":"18,65"},{"field":"trait.age","operator":"notBetween","value":[30,40]}]}""",
        """{"all":[{"trait":"age","op":"between","value":["18","65"]},{"none":[{"trait":"age","op":"between","value":[30,40]}]}]}""")]
    [TestCase(
        """{"combinator":"and","rules":[{"field":"trait.mail","operator":"doesNotContain","value":"@shop"},{"field":"trait.phone","operator":"null","value":""}]}""",
        """{"all":[{"none":[{"trait":"mail","op":"contains","value":"@shop"}]},{"trait":"phone","op":"notExists"}]}""")]
    [TestCase(
        """{"rules":[{"field":"segment","operator":"=","value":"a"},"and",{"field":"list","operator":"notIn","value":["b","c"]},"or",{"field":"segment","operator":"!=","value":"d"}]}""",
        """{"any":[{"all":[{"segment":"a"},{"none":[{"list":"b"},{"list":"c"}]}]},{"none":[{"segment":"d"}]}]}""")]
    [TestCase(
        """{"combinator":"and","rules":[{"field":"event.Order Completed","operator":">=","value":"3"},{"field":"random.x","operator":"<","value":0.5}]}""",
        """{"all":[{"event":"Order Completed","count":{"op":"gte","value":3}},{"random":{"share":0.5,"seed":"x"}}]}""")]
    [TestCase(
        """
        {"combinator":"and","rules":[{"field":"event.Product Viewed","operator":"=","match":{"mode":"some"},"value":{"combinator":"and","rules":[
          {"field":"property.color","operator":"=","value":"red"},{"field":"product.price","operator":">","value":"9.5"},{"field":"within","operator":"=","value":"7d"}]}}]}
        """,
        """{"all":[{"event":"Product Viewed","where":{"all":[{"property":"color","op":"eq","value":"red"},{"product":"price","op":"gt","value":9.5}]},"within":"7d"}]}""")]
    [TestCase(
        """
        {"combinator":"and","rules":[{"field":"event.E","operator":"=","match":{"mode":"none"},"value":{"combinator":"or","rules":[
          {"field":"property.color","operator":"=","value":"red"},{"field":"property.color","operator":"doesNotEndWith","value":"d"}]}}]}
        """,
        """{"all":[{"event":"E","where":{"any":[{"property":"color","op":"eq","value":"red"},{"none":[{"property":"color","op":"endsWith","value":"d"}]}]},"count":{"op":"eq","value":0}}]}""")]
    [TestCase("""{"combinator":"or","rules":[]}""", """{"all":[]}""")]
    [TestCase("""{"combinator":"or","rules":[{"field":"x","operator":"?","muted":true},{"field":"segment","operator":"=","value":"a"}]}""", """{"any":[{"segment":"a"}]}""")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.renews","operator":"withinNext","value":"7d"},{"field":"consent.train","operator":"=","value":"denied"}]}""",
        """{"all":[{"trait":"renews","op":"withinNext","value":"7d"},{"consent":"train","is":"denied"}]}""")]
    public void A_query_becomes_a_condition(string query, string expected)
    {
        var faults = new List<DefinitionFault>();
        var condition = new QueryBuilderReader(faults, parseNumbers: false).Read(ConditionWorld.Json(query), "");

        Assert.That(faults, Is.Empty);
        Assert.That(ConditionWriter.Write(condition!), Is.EqualTo(expected));
    }

    [Test]
    public void Numbers_are_parsed_when_that_is_asked_for()
    {
        var query = ConditionWorld.Json("""{"combinator":"and","rules":[{"field":"trait.age","operator":"between","value":"18, 65"},{"field":"trait.plan","operator":"=","value":"gold"}]}""");
        var condition = new QueryBuilderReader([], parseNumbers: true).Read(query, "");

        Assert.That(ConditionWriter.Write(condition!), Is.EqualTo("""{"all":[{"trait":"age","op":"between","value":[18,65]},{"trait":"plan","op":"eq","value":"gold"}]}"""));
    }

    [TestCase("""[]""", "", "object")]
    [TestCase("""{"combinator":"and"}""", "", "rules")]
    [TestCase("""{"combinator":"and","rules":3}""", "/rules", "array")]
    [TestCase("""{"combinator":"xor","rules":[]}""", "/combinator", "and")]
    [TestCase("""{"combinator":"and","rules":[],"filter":1}""", "/filter", "Means nothing")]
    [TestCase("""{"combinator":"and","not":"yes","rules":[]}""", "/not", "true or false")]
    [TestCase("""{"combinator":"and","rules":[{"operator":"=","value":1}]}""", "/rules/0", "Lacks 'field'")]
    [TestCase("""{"combinator":"and","rules":[{"field":"age","operator":"=","value":1}]}""", "/rules/0/field", "trait.…")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.age","operator":"like","value":1}]}""", "/rules/0/operator", "one of =")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.age","operator":"=","value":{}}]}""", "/rules/0/value", "Must be")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.age","operator":"="}]}""", "/rules/0/value", "Must be a number")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.age","operator":"=","value":"trait.x","valueSource":"field"}]}""", "/rules/0/valueSource", "with values")]
    [TestCase("""{"combinator":"and","rules":[{"field":"event.E","operator":"contains","value":"1"}]}""", "/rules/0/field", "one of eq")]
    [TestCase("""{"combinator":"and","rules":[{"field":"segment","operator":">","value":"a"}]}""", "/rules/0/field", "=, !=")]
    [TestCase("""{"combinator":"and","rules":[{"field":"segment","operator":"=","value":"A B"}]}""", "/rules/0/field", "a-z")]
    [TestCase("""{"rules":[{"field":"segment","operator":"=","value":"a"},{"field":"segment","operator":"=","value":"b"},{"field":"segment","operator":"=","value":"b"}]}""", "/rules/1", "and")]
    [TestCase("""{"combinator":"and","rules":[{"field":"event.E","operator":"=","match":{"mode":"all"},"value":{"combinator":"and","rules":[]}}]}""", "/rules/0/match", "some, none")]
    [TestCase("""{"combinator":"and","rules":[{"field":"event.E","operator":"=","match":{"mode":"some"},"value":{"combinator":"or","rules":[{"field":"within","operator":"=","value":"7d"}]}}]}""", "/rules/0/value/rules/0", "at the top")]
    [TestCase("""{"combinator":"and","rules":[{"field":"event.E","operator":"=","match":{"mode":"some"},"value":{"combinator":"and","rules":3}}]}""", "/rules/0/value/rules", "array")]
    [TestCase("""{"combinator":"and","rules":[{"field":"event.E","operator":"=","match":{"mode":"some"},"value":{"combinator":"and","rules":[],"x":1}}]}""", "/rules/0/value/x", "Means nothing")]
    [TestCase("""{"combinator":"and","rules":[{"field":"trait.\ud800","operator":"=","value":1}]}""", "/rules/0/field", "surrogate")]
    public void What_a_condition_cannot_say_is_a_fault(string query, string path, string part)
    {
        var faults = new List<DefinitionFault>();
        var condition = new QueryBuilderReader(faults, parseNumbers: false).Read(JsonDocument.Parse(query).RootElement, "");

        Assert.That(condition, Is.Null);
        Assert.That(faults.Select(fault => fault.Path), Does.Contain(path), string.Join('\n', faults));
        Assert.That(faults.First(fault => fault.Path == path).Message, Does.Contain(part));
    }

    [TestCaseSource(typeof(ConditionReaderTests), nameof(ConditionReaderTests.Good))]
    public void What_is_written_is_read_as_it_was(string json)
    {
        var condition = new AllOf("", [ConditionWorld.Parse(json)]);
        var faults = new List<DefinitionFault>();
        var query = new QueryBuilderWriter(faults).Write(condition);

        if (query is null)
        {
            Assert.That(json, Does.Contain("sequence").Or.Contain("sum").Or.Contain("min").Or.Contain("average").Or.Contain("distinct").Or.Contain("days").Or.Contain("[\"Product Viewed").Or.Contain("between"));
            Assert.That(faults, Is.Not.Empty);
            return;
        }

        var back = new QueryBuilderReader(faults, parseNumbers: false).Read(ConditionWorld.Json(query.ToJsonString()), "");
        Assert.That(faults, Is.Empty, query.ToJsonString());
        Assert.That(Unwrapped(ConditionWriter.Write(back!)), Is.EqualTo(Unwrapped(ConditionWriter.Write(condition))));
    }

    [Test]
    public void The_endpoint_converts_either_way_and_tells_faults()
    {
        var condition = Post("""{"query":{"combinator":"and","rules":[{"field":"segment","operator":"=","value":"vip"}]}}""");
        var query = Post($$"""{"condition":{{condition["condition"]!.ToJsonString()}}}""");
        var refused = Post("""{"condition":{"segment":"A"}}""");

        Assert.That(condition.ToJsonString(), Is.EqualTo("""{"condition":{"all":[{"segment":"vip"}]}}"""));
        Assert.That(query.ToJsonString(), Is.EqualTo("""{"query":{"combinator":"and","rules":[{"field":"segment","operator":"=","value":"vip"}]}}"""));
        Assert.That((string?)refused["type"], Is.EqualTo("urn:personalization:problem:features/invalid-condition"));
        Assert.That((string?)refused["faults"]![0]!["path"], Is.EqualTo("/condition/segment"));
        Assert.That((string?)Post("{")["type"], Does.EndWith("malformed-condition"));
        Assert.That((string?)Post("[]")["type"], Does.EndWith("invalid-condition"));
        Assert.That((string?)Post("{}")["faults"]![0]!["message"], Does.Contain("either 'query'"));
    }

    private static JsonNode Post(string body)
    {
        var result = ConvertConditionEndpoint.Convert(Encoding.UTF8.GetBytes(body));
        return result is Microsoft.AspNetCore.Http.HttpResults.ContentHttpResult text
            ? JsonNode.Parse(text.ResponseContent!)!
            : JsonNode.Parse(JsonSerializer.Serialize(((Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult)result).ProblemDetails))!;
    }

    /// <summary>An "any" or "where" of all of one says no more than the one.</summary>
    private static string Unwrapped(string json) => json.Replace("""{"all":[]}""", "true", StringComparison.Ordinal);
}
