using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments;

/// <summary>The public half of the conformance cases of GrowthBook's SDKs, specification 0.8.0.</summary>
internal sealed class GrowthBookVectorTests
{
    private const double Precision = 1e-8;

    private static IEnumerable<TestCaseData> Cases(string group)
    {
        if (!SharedVectors.Exist("experiments", "growthbook-cases.json"))
        {
            yield return new TestCaseData(default(JsonElement)).SetName($"{group}: the vectors are not there").Ignore("vectors/experiments is not beside this checkout");
            yield break;
        }

        using var file = JsonDocument.Parse(File.ReadAllText(SharedVectors.Find("experiments", "growthbook-cases.json")));
        var cases = file.RootElement.GetProperty(group).Clone();
        for (var i = 0; i < cases.GetArrayLength(); i++)
        {
            yield return new TestCaseData(cases[i]).SetName($"{group} {i}: {cases[i][0]}");
        }
    }

    [TestCaseSource(nameof(Cases), new object[] { "hash" })]
    public void Hash(JsonElement row) => Assert.That(
        Bucketing.Hash(row[0].GetString()!, row[1].GetString()!, row[2].GetInt32()),
        row[3].ValueKind == JsonValueKind.Null ? Is.Null : Is.EqualTo(row[3].GetDouble()).Within(Precision));

    [TestCaseSource(nameof(Cases), new object[] { "getBucketRange" })]
    public void Ranges(JsonElement row)
    {
        var weights = row[1][2].ValueKind == JsonValueKind.Array ? row[1][2].EnumerateArray().Select(weight => weight.GetDouble()).ToArray() : null;

        var ranges = Bucketing.Ranges(row[1][0].GetInt32(), row[1][1].GetDouble(), weights);

        Assert.That(ranges.SelectMany(range => new[] { range.Start, range.End }), Is.EqualTo(Numbers(row[2])).Within(Precision));
    }

    [TestCaseSource(nameof(Cases), new object[] { "chooseVariation" })]
    public void Choose(JsonElement row) => Assert.That(
        Bucketing.Choose(row[1].GetDouble(), [.. Numbers(row[2]).Chunk(2).Select(pair => new BucketRange(pair[0], pair[1]))]), Is.EqualTo(row[3].GetInt32()));

    [TestCaseSource(nameof(Cases), new object[] { "getQueryStringOverride" })]
    public void Override(JsonElement row) => Assert.That(
        Bucketing.OverrideOf(row[1].GetString()!, row[2].GetString(), row[3].GetInt32()),
        row[4].ValueKind == JsonValueKind.Null ? Is.Null : Is.EqualTo(row[4].GetInt32()));

    [TestCaseSource(nameof(Cases), new object[] { "inNamespace" })]
    public void Namespace(JsonElement row) => Assert.That(
        Bucketing.IsInNamespace(
            row[1].GetString()!, new ExperimentNamespace(row[2][0].GetString()!, new BucketRange(row[2][1].GetDouble(), row[2][2].GetDouble()))),
        Is.EqualTo(row[3].GetBoolean()));

    [TestCaseSource(nameof(Cases), new object[] { "getEqualWeights" })]
    public void EqualWeights(JsonElement row) =>
        Assert.That(Bucketing.EqualWeights(row[0].GetInt32()), Is.EqualTo(Numbers(row[1])).Within(Precision));

    [TestCaseSource(nameof(Cases), new object[] { "evalCondition" })]
    public void Condition(JsonElement row)
    {
        var groups = row.GetArrayLength() > 4 ? row[4] : default;

        Assert.That(TargetingCondition.Read(row[1]).IsMet(row[2], GroupsOf(groups)), Is.EqualTo(row[3].GetBoolean()));
    }

    [TestCaseSource(nameof(Cases), new object[] { "run" })]
    public void Run(JsonElement row)
    {
        var reader = new FlagReader();
        var experiment = reader.ReadExperiment(row[2], "", "");

        var result = Evaluation(row[1]).Run(experiment);

        Assert.That(reader.Faults, Is.Empty);
        AssertSame(result.Value, row[3]);
        Assert.That((result.IsIn, result.IsHashUsed), Is.EqualTo((row[4].GetBoolean(), row[5].GetBoolean())));
    }

    [TestCaseSource(nameof(Cases), new object[] { "feature" })]
    [TestCaseSource(nameof(Cases), new object[] { "contextualBandit" })]
    public void Flag(JsonElement row)
    {
        var result = Evaluation(row[1]).Evaluate(row[2].GetString()!);

        var expected = row[3];
        AssertSame(result.Value, expected.GetProperty("value"));
        Assert.That(result.IsOn, Is.EqualTo(expected.GetProperty("on").GetBoolean()));
        Assert.That(JsonNamingPolicy.CamelCase.ConvertName(result.Source.ToString()), Is.EqualTo(expected.GetProperty("source").GetString()));
        Assert.That(result.RuleId, Is.EqualTo(expected.GetProperty("ruleId").GetString()));
        Assert.That(result.Assignment is not null, Is.EqualTo(expected.TryGetProperty("experimentResult", out var assignment)));
        if (result.Assignment is not null)
        {
            AssertSame(result.Assignment, assignment);
        }
    }

    [TestCaseSource(nameof(Cases), new object[] { "stickyBucket" })]
    public void Sticky(JsonElement row)
    {
        var sticky = new StickyBuckets();
        var attributes = row[1].GetProperty("attributes");
        foreach (var document in row[2].EnumerateArray())
        {
            // As an SDK does: only documents of the person's own attributes are asked for.
            var (name, value) = (document.GetProperty("attributeName").GetString()!, document.GetProperty("attributeValue").GetString()!);
            if (attributes.TryGetProperty(name, out var own) && own.GetString() == value)
            {
                sticky.Load(
                    name,
                    value,
                    document.GetProperty("assignments").EnumerateObject().Select(one => KeyValuePair.Create(one.Name, one.Value.GetString()!)));
            }
        }

        var result = Evaluation(row[1], sticky).Evaluate(row[3].GetString()!);

        if (row[4].ValueKind == JsonValueKind.Null)
        {
            Assert.That(result.Assignment, Is.Null);
        }
        else
        {
            AssertSame(result.Assignment!, row[4]);
        }

        var documents = row[5].EnumerateObject().ToDictionary(
            document => document.Name,
            document => document.Value.GetProperty("assignments").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()));
        Assert.That(sticky.Assignments.ToDictionary(owner => $"{owner.Key.Attribute}||{owner.Key.Value}", owner => owner.Value), Is.EquivalentTo(documents));
    }

    private static FlagEvaluation Evaluation(JsonElement context, StickyBuckets? sticky = null)
    {
        var reader = new FlagReader();
        var flags = context.TryGetProperty("features", out var features)
            ? features.EnumerateObject().ToDictionary(flag => flag.Name, flag => reader.Read(flag.Name, flag.Value, ""))
            : [];
        Assert.That(reader.Faults, Is.Empty);
        return new FlagEvaluation
        {
            Attributes = context.TryGetProperty("attributes", out var attributes) ? attributes : default,
            Flags = flags.GetValueOrDefault,
            Groups = GroupsOf(context.TryGetProperty("savedGroups", out var groups) ? groups : default),
            ForcedVariations = context.TryGetProperty("forcedVariations", out var forced)
                ? forced.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetInt32())
                : [],
            Url = context.TryGetProperty("url", out var url) ? url.GetString() : null,
            Bandits = BanditsOf(context, reader).GetValueOrDefault,
            IsEnabled = !context.TryGetProperty("enabled", out var enabled) || enabled.GetBoolean(),
            IsQaMode = context.TryGetProperty("qaMode", out var qaMode) && qaMode.GetBoolean(),
            Sticky = sticky,
        };
    }

    private static Dictionary<string, ContextualBandit> BanditsOf(JsonElement context, FlagReader reader) =>
        context.TryGetProperty("contextualBandits", out var bandits)
            ? bandits.EnumerateObject().ToDictionary(bandit => bandit.Name, bandit => reader.ReadBandit(bandit.Value, ""))
            : [];

    private static SavedGroups GroupsOf(JsonElement groups) =>
        name => groups.ValueKind == JsonValueKind.Object && groups.TryGetProperty(name, out var group) ? group : null;

    private static void AssertSame(ExperimentResult result, JsonElement expected)
    {
        AssertSame(result.Value, expected.GetProperty("value"));
        AssertSame(result.HashValue, expected.GetProperty("hashValue"));
        Assert.That(result.Variation, Is.EqualTo(expected.GetProperty("variationId").GetInt32()));
        Assert.That(result.Key, Is.EqualTo(expected.GetProperty("key").GetString()));
        Assert.That(result.HashAttribute, Is.EqualTo(expected.GetProperty("hashAttribute").GetString()));
        Assert.That(result.IsIn, Is.EqualTo(expected.GetProperty("inExperiment").GetBoolean()));
        Assert.That(result.IsHashUsed, Is.EqualTo(expected.GetProperty("hashUsed").GetBoolean()));
        Assert.That(result.IsSticky, Is.EqualTo(expected.GetProperty("stickyBucketUsed").GetBoolean()));
        Assert.That(result.Bucket, expected.TryGetProperty("bucket", out var bucket) ? Is.EqualTo(bucket.GetDouble()).Within(Precision) : Is.Null);
        Assert.That(result.Leaf, expected.TryGetProperty("leafId", out var leaf) ? Is.EqualTo(leaf.GetInt32()) : Is.Null);
    }

    private static void AssertSame(JsonElement actual, JsonElement expected) => Assert.That(
        JsonNode.DeepEquals(JsonNode.Parse(actual.GetRawText()), JsonNode.Parse(expected.GetRawText())), Is.True, $"{actual} is not {expected}");

    private static IEnumerable<double> Numbers(JsonElement list) => list.EnumerateArray()
        .SelectMany(one => one.ValueKind == JsonValueKind.Array ? one.EnumerateArray() : Enumerable.Repeat(one, 1))
        .Select(number => number.GetDouble());
}
