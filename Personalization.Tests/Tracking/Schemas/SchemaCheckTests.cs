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
}
