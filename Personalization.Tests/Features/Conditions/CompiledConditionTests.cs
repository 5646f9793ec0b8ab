using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;

namespace Personalization.Tests.Features.Conditions;

/// <summary>What conditions say of one profile, and when that changes by itself. Minutes after the start.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CompiledConditionTests
{
    private readonly ConditionWorld _world = new();

    [TestCase("""{"trait":"plan","op":"eq","value":"gold"}""", true)]
    [TestCase("""{"trait":"plan","op":"eq","value":"Gold"}""", false)]
    [TestCase("""{"trait":"plan","op":"eq","value":3}""", false)]
    [TestCase("""{"trait":"plan","op":"ne","value":3}""", true)]
    [TestCase("""{"trait":"plan","op":"lt","value":3}""", false)]
    [TestCase("""{"trait":"plan","op":"lt","value":"h"}""", true)]
    [TestCase("""{"trait":"plan","op":"between","value":["a","gold"]}""", true)]
    [TestCase("""{"trait":"plan","op":"contains","value":"ol"}""", true)]
    [TestCase("""{"trait":"plan","op":"startsWith","value":"go"}""", true)]
    [TestCase("""{"trait":"plan","op":"endsWith","value":"go"}""", false)]
    [TestCase("""{"trait":"plan","op":"in","value":["silver",3,true,"gold"]}""", true)]
    [TestCase("""{"trait":"age","op":"in","value":["silver",30,20,40]}""", true)]
    [TestCase("""{"trait":"age","op":"nin","value":["30",20]}""", true)]
    [TestCase("""{"trait":"age","op":"between","value":[30,31]}""", true)]
    [TestCase("""{"trait":"age","op":"gt","value":30}""", false)]
    [TestCase("""{"trait":"vip","op":"eq","value":true}""", true)]
    [TestCase("""{"trait":"vip","op":"in","value":[false]}""", false)]
    [TestCase("""{"trait":"vip","op":"gte","value":0}""", false)]
    [TestCase("""{"trait":"nothing","op":"exists"}""", false)]
    [TestCase("""{"trait":"nothing","op":"ne","value":1}""", true)]
    [TestCase("""{"trait":"nothing","op":"nin","value":[1]}""", true)]
    [TestCase("""{"trait":"nothing","op":"notExists"}""", true)]
    [TestCase("""{"trait":"nothing","op":"lt","value":1}""", false)]
    [TestCase("""{"feature":"orders","op":"gte","value":3}""", true)]
    [TestCase("""{"feature":"unknown","op":"gte","value":0}""", false)]
    [TestCase("""{"segment":"vip"}""", true)]
    [TestCase("""{"segment":"other"}""", false)]
    [TestCase("""{"list":"press"}""", true)]
    [TestCase("""{"funnel":"checkout","op":"gte","step":2}""", true)]
    [TestCase("""{"funnel":"other","op":"gte","step":0}""", false)]
    [TestCase("""{"consent":"personalise","is":"denied"}""", false)]
    [TestCase("""{"random":{"share":1,"seed":"x"}}""", true)]
    [TestCase("""{"random":{"share":0,"seed":"x"}}""", false)]
    [TestCase("""{"all":[]}""", true)]
    [TestCase("""{"any":[]}""", false)]
    [TestCase("""{"none":[]}""", true)]
    [TestCase("""{"none":[{"segment":"other"},{"segment":"vip"}]}""", false)]
    [TestCase("""{"any":[{"segment":"other"},{"segment":"vip"}]}""", true)]
    [TestCase("""{"all":[{"segment":"other"},{"segment":"vip"}]}""", false)]
    public void States_are_compared_as_they_are(string json, bool expected)
    {
        _world.Says("plan", "gold").Says("age", 30).Says("vip", true);
        _world.Values["orders"] = (3, long.MaxValue);
        _world.Segments.Add("vip");
        _world.Lists.Add("press");
        _world.Stages["checkout"] = 2;

        Assert.That(_world.Holds(json, 0), Is.EqualTo(expected));
    }

    [TestCase("""{"event":"View"}""", true)]
    [TestCase("""{"event":"Nothing"}""", false)]
    [TestCase("""{"event":["Nothing","View"],"count":{"op":"eq","value":3}}""", true)]
    [TestCase("""{"event":"View","where":{"property":"color","op":"eq","value":"red"},"count":{"op":"eq","value":1}}""", true)]
    [TestCase("""{"event":"View","where":{"property":"color","op":"ne","value":"red"},"count":{"op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","where":{"product":"price","op":"eq","value":99.99}}""", true)]
    [TestCase("""{"event":"View","where":{"all":[{"product":"price","op":"eq","value":99.99},{"product":"category","op":"eq","value":"stoves"}]}}""", false)]
    [TestCase("""{"event":"View","where":{"product":"id","op":"in","value":["x","tent"]},"count":{"op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","where":{"product":"brand","op":"notExists"},"count":{"op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","sum":{"product":"price","op":"eq","value":219.97}}""", true)]
    [TestCase("""{"event":"View","where":{"product":"category","op":"eq","value":"tents"},"sum":{"product":"price","op":"eq","value":199.98}}""", true)]
    [TestCase("""{"event":"View","min":{"product":"price","op":"eq","value":19.99}}""", true)]
    [TestCase("""{"event":"View","max":{"product":"price","op":"lte","value":99.99}}""", true)]
    [TestCase("""{"event":"View","average":{"product":"price","op":"between","value":[73.32,73.33]}}""", true)]
    [TestCase("""{"event":"View","distinct":{"product":"category","op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","distinct":{"property":"color","op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","min":{"property":"weight","op":"lt","value":1}}""", false)]
    [TestCase("""{"event":"View","min":{"property":"weight","op":"ne","value":1}}""", false)]
    [TestCase("""{"event":"View","min":{"property":"weight","op":"notExists"}}""", true)]
    [TestCase("""{"event":"View","sum":{"property":"weight","op":"eq","value":0}}""", true)]
    [TestCase("""{"event":"Order","sum":{"property":"revenue","op":"eq","value":49.9}}""", true)]
    [TestCase("""{"event":["View","Order"],"where":{"property":"name","op":"startsWith","value":"Ord"},"count":{"op":"eq","value":1}}""", true)]
    [TestCase("""{"event":["View","Order"],"distinct":{"property":"name","op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","days":{"op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","since":"2026-01-02","count":{"op":"eq","value":1}}""", true)]
    [TestCase("""{"event":"View","until":"2026-01-02","count":{"op":"eq","value":2}}""", true)]
    [TestCase("""{"event":"View","session":true,"count":{"op":"eq","value":1}}""", true)]
    public void Events_are_measured(string json, bool expected)
    {
        _world
            .Happens("View", 0, [("color", "red")], [("tent", "tents", 99.99f), ("stove", "stoves", 19.99f)], session: 1)
            .Happens("View", 10, [("color", "blue")], [("tent", "tents", 99.99f)], session: 1)
            .Happens("Order", 20, revenue: 49.9f, session: 1)
            .Happens("View", 1_440, session: 2);

        Assert.That(_world.Holds(json, 1_450), Is.EqualTo(expected));
    }

    [Test]
    public void An_event_leaves_its_window_at_exactly_its_end()
    {
        _world.Happens("View", 1).Happens("View", 5);
        var condition = _world.Compile("""{"event":"View","within":"10m","count":{"op":"gte","value":2}}""");

        _world.At(10.999);
        Assert.That(condition.Holds(_world.Snapshot), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(11));
        _world.At(11);
        Assert.That(condition.Holds(_world.Snapshot), Is.False);
        Assert.That(_world.NextChange(), Is.EqualTo(double.PositiveInfinity), "Time alone cannot bring an event.");
    }

    [Test]
    public void The_event_that_decides_says_when()
    {
        for (var minute = 1; minute <= 5; minute++)
        {
            _world.Happens("View", minute);
        }

        var condition = _world.Compile("""{"event":"View","within":"10m","count":{"op":"lt","value":2}}""");
        _world.At(6);

        Assert.That(condition.Holds(_world.Snapshot), Is.False);
        Assert.That(_world.NextChange(), Is.EqualTo(14), "The last but one leaves.");
    }

    [Test]
    public void A_session_is_over_by_inactivity()
    {
        _world.Happens("View", 0, session: 1).Happens("View", 5, session: 1);
        var condition = _world.Compile("""{"event":"View","session":true,"count":{"op":"eq","value":2}}""");

        _world.At(34.999);
        Assert.That(condition.Holds(_world.Snapshot), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(35));
        _world.At(35);
        Assert.That(condition.Holds(_world.Snapshot), Is.False);
    }

    [TestCase("withinLast", -0.001, false, 0)]
    [TestCase("withinLast", 0, true, 10)]
    [TestCase("withinLast", 9.999, true, 10)]
    [TestCase("withinLast", 10, false, double.PositiveInfinity)]
    [TestCase("moreThanAgo", 9.999, false, 10)]
    [TestCase("moreThanAgo", 10, true, double.PositiveInfinity)]
    [TestCase("withinNext", -10.001, false, -10)]
    [TestCase("withinNext", -10, true, 0)]
    [TestCase("withinNext", 0, false, double.PositiveInfinity)]
    public void Times_are_looked_at_from_now(string op, double at, bool expected, double changes)
    {
        foreach (var value in new object[] { "2026-01-01T00:00:00Z", ConditionWorld.Start, ConditionWorld.Start / 1_000, "1767225600" })
        {
            var world = new ConditionWorld().Says("at", value);

            Assert.That(world.Holds($$"""{"trait":"at","op":"{{op}}","value":"10m"}""", at), Is.EqualTo(expected), value.ToString());
            Assert.That(world.NextChange(), Is.EqualTo(changes), value.ToString());
        }
    }

    [Test]
    public void A_trait_a_feature_and_a_consent_end_when_they_say()
    {
        _world.Says("plan", "gold", ConditionWorld.Start + ConditionWorld.Minute);
        _world.Values["orders"] = (3, ConditionWorld.Start + (2 * ConditionWorld.Minute));
        _world.ConsentEndsAtMs = ConditionWorld.Start + (3 * ConditionWorld.Minute);

        Assert.That(_world.Holds("""{"trait":"plan","op":"exists"}""", 0.5), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(1));
        Assert.That(_world.Holds("""{"trait":"plan","op":"exists"}""", 1), Is.False);
        Assert.That(_world.Holds("""{"feature":"orders","op":"exists"}""", 0), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(2));
        Assert.That(_world.Holds("""{"consent":"profile","is":"granted"}""", 0), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(3));
        Assert.That(_world.Holds("""{"consent":"profile","is":"granted"}""", 3), Is.False);
    }

    [Test]
    public void Only_what_decides_says_when()
    {
        _world.Happens("View", 0).Happens("Add", 0);
        var view = """{"event":"View","within":"10m"}""";
        var add = """{"event":"Add","within":"5m"}""";
        var never = """{"segment":"other"}""";

        Assert.That(_world.Holds($$"""{"all":[{{view}},{{add}}]}""", 1), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(5));
        Assert.That(_world.Holds($$"""{"all":[{{view}},{{add}},{{never}}]}""", 1), Is.False);
        Assert.That(_world.NextChange(), Is.EqualTo(double.PositiveInfinity), "While the segment is not there, nothing else matters.");
        Assert.That(_world.Holds($$"""{"any":[{"all":[{{view}},{{never}}]},{{add}}]}""", 1), Is.True);
        Assert.That(_world.NextChange(), Is.EqualTo(5));
        Assert.That(_world.Holds($$"""{"none":[{{view}}]}""", 1), Is.False);
        Assert.That(_world.NextChange(), Is.EqualTo(10));
    }

    [Test]
    public void Context_is_of_the_request_or_of_the_latest_event()
    {
        _world.Happens("View", 0, [("context.device.type", "tablet")]).Happens("View", 1, [("context.device.type", "mobile")]);
        var condition = _world.Compile("""{"context":"device.type","op":"eq","value":"mobile"}""");
        _world.At(2);
        Assert.That(condition.Holds(_world.Snapshot), Is.True);

        _world.Snapshot.Request = ConditionWorld.Json("""{"device":{"type":"tablet"}}""");
        Assert.That(condition.Holds(_world.Snapshot), Is.False);
        _world.Snapshot.Request = ConditionWorld.Json("""{"device":{"type":"m\u006fbile"}}""");
        Assert.That(condition.Holds(_world.Snapshot), Is.True);
        _world.Snapshot.Request = ConditionWorld.Json("""{"device":"mobile"}""");
        Assert.That(condition.Holds(_world.Snapshot), Is.False);
    }

    [Test]
    public void A_share_is_as_large_as_it_says_and_contains_smaller_ones()
    {
        var places = Enumerable.Range(0, 100_000).Select(profile => RandomCondition.PlaceOf(profile, "spring")).ToList();

        Assert.That(places.Count(place => place < 0.1), Is.EqualTo(10_000).Within(300));
        Assert.That(places, Has.All.InRange(0, 1));
        Assert.That(places.Where((place, profile) => place < 0.1 && RandomCondition.PlaceOf(profile, "summer") < 0.1).Count(), Is.EqualTo(1_000).Within(150));
        Assert.That(RandomCondition.PlaceOf(42, "spring"), Is.EqualTo(places[42]));
    }

    [Test]
    public void A_condition_tells_what_can_change_it()
    {
        _world.Happens("View", 0);
        var touches = new Touches();
        _world.Compile(
            """
            {"all":[{"trait":"plan","op":"exists"},{"feature":"orders","op":"exists"},{"segment":"vip"},{"list":"press"},{"consent":"train","is":"granted"},
             {"funnel":"checkout","op":"gte","step":1},{"event":["View","Later"]},{"sequence":[{"event":"View"},{"not":{"event":"Never"},"within":"1d"}]}]}
            """).Touch(touches);

        Assert.That(touches.Events, Is.EqualTo(new[] { 0 }));
        Assert.That(touches.UnknownEvents, Is.EquivalentTo(new[] { "Later", "Never" }));
        Assert.That(touches.Traits, Is.EqualTo(new[] { "plan" }));
        Assert.That(touches.Features, Is.EqualTo(new[] { "orders" }));
        Assert.That(touches.Segments, Is.EqualTo(new[] { "vip" }));
        Assert.That(touches.Lists, Is.EqualTo(new[] { "press" }));
        Assert.That(touches.Funnels, Is.EqualTo(new[] { "checkout" }));
        Assert.That(touches.Consent, Is.True);
        Assert.That(touches.AnyEvent || touches.Request, Is.False);
        Assert.That(Touched("""{"event":"View","session":true}""").AnyEvent, Is.True);
        Assert.That(Touched("""{"context":"device.type","op":"exists"}""") is { AnyEvent: true, Request: true }, Is.True);

        Touches Touched(string json)
        {
            var found = new Touches();
            _world.Compile(json).Touch(found);
            return found;
        }
    }

    [Test]
    public void Properties_that_are_looked_at_are_told()
    {
        var condition = ConditionWorld.Parse(
            """
            {"any":[{"context":"device.type","op":"exists"},{"event":"E","where":{"none":[{"property":"color","op":"exists"},{"property":"name","op":"exists"}]},
              "sum":{"property":"weight","op":"gt","value":1}},{"sequence":[{"event":"E","where":{"property":"size","op":"exists"}}]}]}
            """);

        Assert.That(ConditionProperties.Of(condition), Is.EqualTo(new[] { "color", "context.device.type", "size", "weight" }));
    }

    [Test]
    public void A_trait_that_somebody_sends_later_needs_no_compiling()
    {
        var condition = _world.Compile("""{"trait":"plan","op":"exists"}""");
        _world.At(0);
        Assert.That(condition.Holds(_world.Snapshot), Is.False);

        _world.Says("plan", "gold");
        _world.At(0);
        Assert.That(condition.Holds(_world.Snapshot), Is.True);
    }
}
