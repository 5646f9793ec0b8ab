using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Endpoints.Conditions;
using Personalization.Tests.Features.Model;
using Personalization.Tracking.Domain.Schemas;

namespace Personalization.Tests.Features.Conditions;

/// <summary>Reader and schema agree, by the project's own validator.</summary>
public sealed class ConditionSchemaTests
{
    /// <summary>Parts of the messages about what a schema has no words for; its description names them.</summary>
    private static readonly string[] _onlyTheReaderKnows =
        ["Stands there twice", "lower one first", "128 bytes", "Must be later than since", "finite", "nested 16 deep", "more than 500", "bsence", "ISO 8601", "surrogate"];

    private static readonly JsonSchema _schema = Compile();

    [TestCaseSource(typeof(ConditionReaderTests), nameof(ConditionReaderTests.Good))]
    public void What_the_reader_takes_the_schema_takes(string json) => Assert.That(Validate(json), Is.Empty);

    [Test]
    public void What_one_refuses_the_other_refuses()
    {
        var (good, bad) = (0, 0);
        for (var seed = 0; seed < 4_000; seed++)
        {
            var random = new Random(seed);
            var json = random.Next(2) == 0
                ? ConditionJson.Write(new ConditionMaker(random, ["vip"]).Next(3))
                : (JsonObject)JsonNode.Parse(ConditionReaderTests.Good[random.Next(ConditionReaderTests.Good.Length)])!;
            for (var changes = random.Next(3); changes > 0; changes--)
            {
                Mutation.Apply(json, random);
            }

            var text = json.ToJsonString();
            var faults = new List<DefinitionFault>();
            var isRead = ConditionReader.Read(JsonDocument.Parse(text).RootElement, faults) is not null;
            var isValid = Validate(text).Count == 0;
            good += isRead ? 1 : 0;
            bad += isValid ? 0 : 1;
            if (isRead != isValid && !(isValid && faults.TrueForAll(fault => Array.Exists(_onlyTheReaderKnows, part => fault.Message.Contains(part, StringComparison.Ordinal)))))
            {
                Assert.Fail($"Seed {seed}: read {isRead}, valid {isValid}: {text}\n{string.Join('\n', faults)}\n{string.Join('\n', Validate(text))}");
            }
        }

        Assert.That(good, Is.GreaterThan(1_000));
        Assert.That(bad, Is.GreaterThan(1_000));
    }

    [Test]
    public void Durations_end_where_the_reader_ends_them()
    {
        string[] good = ["1s", "34560000s", "576000m", "9600h", "400d", "57w", "7d"];
        string[] bad = ["0s", "34560001s", "576001m", "9601h", "401d", "58w", "07d", "7", "d", "7 d", "7D", "-7d", "1.5d", ""];

        Assert.That(good, Has.All.Matches<string>(text => Duration.TryParse(text, out _) && Validate(Of(text)).Count == 0));
        Assert.That(bad, Has.All.Matches<string>(text => !Duration.TryParse(text, out _) && Validate(Of(text)).Count > 0));

        static string Of(string text) => $$"""{"event":"E","within":"{{text}}"}""";
    }

    private static JsonSchema Compile()
    {
        var compiled = JsonSchema.Compile(ConditionSchemaEndpoint.Utf8);
        Assert.That(compiled.Errors, Is.Empty);
        return compiled.Schema!;
    }

    private static IReadOnlyList<SchemaFault> Validate(string json) => _schema.Validate(Encoding.UTF8.GetBytes(json));

    /// <summary>Changes one thing somewhere in a document.</summary>
    private static class Mutation
    {
        private static readonly string[] _names =
            ["all", "trait", "op", "value", "event", "where", "within", "since", "session", "count", "sum", "property", "product", "times", "not", "step", "x"];

        private static readonly string[] _values =
            ["null", "true", "0", "1.5", "-3", "\"\"", "\"gold\"", "\"7d\"", "\"2026-01-01\"", "\"eq\"", "\"between\"", "\"exists\"", "\"price\"", "[]", "[1,2]", "[\"a\"]", "{}"];

        public static void Apply(JsonNode root, Random random)
        {
            var places = new List<JsonNode>();
            Collect(root, places);
            switch (places[random.Next(places.Count)])
            {
                case JsonObject place when place.Count > 0 && random.Next(3) == 0:
                    place.Remove(place.ElementAt(random.Next(place.Count)).Key);
                    break;
                case JsonObject place when place.Count > 0 && random.Next(2) == 0:
                    place[place.ElementAt(random.Next(place.Count)).Key] = Value(random);
                    break;
                case JsonObject place:
                    place[_names[random.Next(_names.Length)]] = Value(random);
                    break;
                case JsonArray place when place.Count > 0 && random.Next(2) == 0:
                    place.RemoveAt(random.Next(place.Count));
                    break;
                case JsonArray place:
                    place.Add(Value(random));
                    break;
            }
        }

        private static JsonNode? Value(Random random) => JsonNode.Parse(_values[random.Next(_values.Length)]);

        private static void Collect(JsonNode node, List<JsonNode> places)
        {
            if (node is JsonObject or JsonArray)
            {
                places.Add(node);
            }

            foreach (var child in node is JsonObject members ? members.Select(member => member.Value) : node is JsonArray items ? items : Enumerable.Empty<JsonNode?>())
            {
                if (child is not null)
                {
                    Collect(child, places);
                }
            }
        }
    }
}
