using NUnit.Framework;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Which schema meets which event at the door, and what comes of it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SchemaCheckTests : IDisposable
{
    private const string Closed = """{"required":["a"],"properties":{"a":{"type":"integer"}},"additionalProperties":false}""";
    private readonly SchemaWorld _world = new();

    [TestCase("Product Viewed")]
    [TestCase("product_viewed")]
    [TestCase("view_item")]
    public void Every_spelling_of_a_taxonomy_name_meets_the_same_schema(string name)
    {
        var batch = _world.Parsing.Batch($$$"""{"batch":[{"type":"track","event":"{{{name}}}","userId":"u","properties":{"product_id":"p","price":"9"}}]}""");

        var warning = batch.Warnings.Single();
        Assert.That(
            (warning.Location, warning.Describe(), batch.EventCount),
            Is.EqualTo(("/properties/price", "Schema Product Viewed version 1: Must be null or number, but is string.", 1)));
    }

    [TestCase("""{"type":"track","event":"Own Event","userId":"u","properties":{"a":1}}""", 0)]
    [TestCase("""{"type":"track","event":"Own Event","userId":"u","properties":{"a":1,"b":2}}""", 1)]
    [TestCase("""{"type":"track","event":"Own Event","userId":"u"}""", 1)]
    [TestCase("""{"type":"track","event":"Own Event","userId":"u","properties":[1]}""", 1)]
    [TestCase("""{"type":"track","event":"own_event","userId":"u"}""", 0)]
    [TestCase("""{"type":"page","name":"Own Event","userId":"u"}""", 0)]
    [TestCase("""{"type":"identify","userId":"u","traits":{"a":1},"properties":{}}""", 0)]
    [TestCase("""{"type":"identify","userId":"u","properties":{"a":1}}""", 1)]
    [TestCase("""{"type":"group","groupId":"g","userId":"u"}""", 0)]
    [TestCase("""{"type":"screen","name":"any","userId":"u","properties":{"a":"1"}}""", 1)]
    [TestCase("""{"type":"alias","userId":"u","previousId":"v"}""", 0)]
    public void An_event_that_breaks_its_schema_is_refused_where_that_is_enforced(string json, int refused)
    {
        foreach (var name in new[] { "Own Event", "$identify", "$screen" })
        {
            _world.Register(name, Closed, SchemaMode.Enforce);
        }

        var batch = _world.Parsing.Batch($$$"""{"batch":[{{{json}}}]}""");

        Assert.That((batch.Refusals.Count, batch.EventCount), Is.EqualTo((refused, 1 - refused)));
        Assert.That(batch.Refusals.Select(each => each.Reason), Is.All.EqualTo(RefusalReason.SchemaViolated));
    }

    [Test]
    public void What_is_allowed_is_not_looked_at()
    {
        _world.Register("Own Event", Closed, SchemaMode.Allow);

        var batch = _world.Parsing.Batch("""{"batch":[{"type":"track","event":"Own Event","userId":"u"}]}""");

        Assert.That((batch.Refusals.Count, batch.Warnings.Count, batch.EventCount), Is.EqualTo((0, 0, 1)));
    }

    [Test]
    public void Schemas_that_need_a_tree_are_validated_too()
    {
        _world.Register("Own Event", """{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", SchemaMode.Enforce);

        var batch = _world.Parsing.Batch("""
            {"batch":[{"type":"track","event":"Own Event","userId":"u","properties":{"a":1}},{"type":"track","event":"Own Event","userId":"u","properties":{"a":1,"b":1}}]}
            """);

        Assert.That(batch.Refusals.Single().Location, Is.EqualTo("/properties"));
    }

    /// <summary>The pattern unfolds to thousands of states while texts are matched, which takes the longer the busier the machine is.</summary>
    [TestCase(SchemaMode.Warn)]
    [TestCase(SchemaMode.Enforce)]
    public void A_valid_event_passes_however_long_its_pattern_takes_to_unfold(SchemaMode mode)
    {
        _world.Register("Own Event", """{"properties":{"a":{"type":"string","pattern":"^(a|b)*a(a|b){14}$"}}}""", mode);
        var random = new Random(4_711);
        var events = Enumerable.Range(0, 20).Select(_ => $$$"""
            {"type":"track","event":"Own Event","userId":"u","properties":{"a":"{{{Letters(random, 3_000)}}}a{{{Letters(random, 14)}}}"}}
            """);

        var batch = _world.Parsing.Batch($$"""{"batch":[{{string.Join(',', events)}}]}""");

        Assert.That((batch.EventCount, batch.Refusals.Count, batch.Warnings.Count), Is.EqualTo((20, 0, 0)));
    }

    [TestCase(5_000, null)]
    [TestCase(6_000, "Schema Own Event version 1: Cannot be judged: validating this takes more time than it may.")]
    public void An_event_that_cannot_be_judged_is_told_so(int letters, string? warning)
    {
        _world.Register("Own Event", """{"properties":{"a":{"pattern":"^a{0,1900}"}}}""", SchemaMode.Warn);

        var batch = _world.Parsing.Batch($$$"""{"batch":[{"type":"track","event":"Own Event","userId":"u","properties":{"a":"{{{new string('a', letters)}}}"}}]}""");

        Assert.That((batch.EventCount, batch.Warnings.Select(each => each.Describe()).SingleOrDefault()), Is.EqualTo((1, warning)));
    }

    [Test]
    public void The_newest_version_applies()
    {
        _world.Register("Own Event", Closed, SchemaMode.Enforce);
        var second = _world.Register("Own Event", """{"properties":{"a":{"type":"integer"}},"additionalProperties":false}""");

        var batch = _world.Parsing.Batch("""{"batch":[{"type":"track","event":"Own Event","userId":"u"}]}""");

        Assert.That((second.Schema!.Version, second.Schema.Mode, batch.EventCount), Is.EqualTo((2, SchemaMode.Enforce, 1)));
    }

    [Test]
    public void Events_and_versions_are_bounded()
    {
        using var small = new SchemaWorld(new SchemaOptions { StarterSet = false, MaxEvents = 1, MaxVersions = 1 });
        small.Register("One", "{}");

        Assert.That(
            (small.Register("Two", "{}").Status, small.Register("One", """{"title":"new"}""").Status),
            Is.EqualTo((RegistrationStatus.TooManyEvents, RegistrationStatus.TooManyVersions)));
    }

    public void Dispose() => _world.Dispose();

    private static string Letters(Random random, int count) => new(random.GetItems<char>("ab", count));
}
