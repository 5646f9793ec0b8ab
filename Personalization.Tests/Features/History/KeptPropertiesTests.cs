using System.ComponentModel.DataAnnotations;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.History;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.History;

/// <summary>Which properties of events are kept, and what becomes of odd ones.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeptPropertiesTests
{
    private readonly HistoryWorld _world = new(new HistoryOptions { KeepsDefaultProperties = false, Properties = ["color", "shipping.method", "shipping.cost", "context.device.type", "context.page.path", "name"] });

    [TestCase("""{"color":"red","size":5}""", "color=red")]
    [TestCase("""{"shipping":{"cost":4.95,"method":"express"}}""", "shipping.method=express", "shipping.cost=4.95")]
    [TestCase("""{"shipping":"express"}""")]
    [TestCase("""{"color":true,"name":false}""", "color=true", "name=false")]
    [TestCase("""{"color":null}""")]
    [TestCase("""{"color":["red"],"name":{"x":1}}""")]
    [TestCase("""{"color":-12}""", "color=-12")]
    [TestCase("""{"color":1e300}""", "color=1E+300")]
    [TestCase("""{"color":1e999}""")]
    [TestCase("""{"color":123456789012345678901234567890}""", "color=1.2345678901234568E+29")]
    [TestCase("""{"color":-0.0}""", "color=0")]
    [TestCase("""{"color":""}""", "color=")]
    [TestCase("""{"col\u006fr":"r\u00e9d \"x\" \n"}""", "color=réd \"x\" \n")]
    [TestCase("""{"color":"\ud83d"}""", "color=\ufffd")]
    public void A_value_is_kept_as_it_is_and_nothing_else_for_one(string properties, params string[] kept)
    {
        _world.Send("Product Viewed", properties);

        Assert.That(_world.Latest(), Is.EqualTo(kept));
    }

    [TestCase("""{"color":"red","color":"blue"}""", "color=blue")]
    [TestCase("""{"color":"red","color":null}""")]
    [TestCase("""{"color":"red","color":[1]}""")]
    [TestCase("""{"shipping":{"method":"a","cost":1},"shipping":{"method":"b"}}""", "shipping.method=b")]
    [TestCase("""{"shipping":{"method":"a"},"shipping":7}""")]
    public void Of_a_name_that_stands_twice_the_last_counts(string properties, params string[] kept)
    {
        _world.Send("Product Viewed", properties);

        Assert.That(_world.Latest(), Is.EqualTo(kept));
    }

    [Test]
    public void A_long_text_is_cut_at_a_character()
    {
        _world.Send("Product Viewed", $$"""{"color":"{{new string('x', 127)}}é{{new string('y', 60_000)}}"}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "color=" + new string('x', 127) }));

        _world.Send("Product Viewed", $$"""{"color":"{{string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 5_000))}}"}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "color=" + string.Concat(Enumerable.Repeat("😀", 32)) }));

        _world.Send("Product Viewed", $$"""{"color":"{{string.Concat(Enumerable.Repeat("\\u0041", 9_000))}}"}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "color=" + new string('A', 128) }));
    }

    [Test]
    public void What_is_no_UTF_8_is_no_value()
    {
        _world.Send("Product Viewed", "{\"color\":\"r\u00ffd\",\"name\":\"x\"}");

        Assert.That(_world.Latest(), Is.EqualTo(new[] { "name=x" }));
    }

    [Test]
    public void Deep_nesting_is_passed_over()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"shipping\":", 20)) + "1" + new string('}', 20);
        _world.Send("Product Viewed", $$$"""{"color":"red","shipping":{{{deep}}},"name":"x"}""");

        Assert.That(_world.Latest(), Is.EqualTo(new[] { "color=red", "name=x" }));
    }

    [Test]
    public void An_event_keeps_no_more_text_than_it_has_room_for()
    {
        var paths = Enumerable.Range(0, 40).Select(i => $"p{i}").ToList();
        var world = new HistoryWorld(new HistoryOptions { KeepsDefaultProperties = false, Properties = paths });

        world.Send("x", $"{{{string.Join(',', paths.Select(path => $"\"{path}\":\"{new string('t', 100)}\""))}}}");
        Assert.That(world.Latest().Length, Is.EqualTo(5));
        world.Send("x", $"{{{string.Join(',', paths.Select(path => $"\"{path}\":0.5"))}}}");
        Assert.That(world.Latest().Length, Is.EqualTo(32));
    }

    [Test]
    public void The_context_of_a_visit_is_written_once_and_read_with_each_event()
    {
        _world.Send("Product Viewed", """{"color":"red"}""", """{"device":{"type":"mobile"},"page":{"path":"/a"}}""");
        _world.Send("Product Viewed", "{}", """{"device":{"type":"mobile"}}""");
        var before = _world.History.Digest(1).Length;
        _world.Send("Product Viewed", """{"color":"blue"}""", """{"device":{"type":"mobile"},"page":{"path":"/b"}}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "context.device.type=mobile", "color=blue", "context.page.path=/b" }));
        _world.Send("Product Viewed", "{}", """{"device":{"type":"desktop"}}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "context.device.type=desktop" }));
        _world.Send("Product Viewed");
        Assert.That(_world.Latest(), Is.Empty);
        Assert.That(before, Is.LessThan(50));
    }

    [Test]
    public void A_page_has_its_name_and_an_identify_call_no_properties()
    {
        var page = _world.Event("Home", """{"color":"red"}""");
        page.Type = EventType.Page;
        _world.Send(page);
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "color=red", "name=Home" }));

        var identify = _world.Event("", """{"color":"red","name":"Ann"}""", """{"device":{"type":"tv"}}""");
        identify.Type = EventType.Identify;
        _world.Send(identify);
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "context.device.type=tv" }));
    }

    [Test]
    public void A_property_that_a_definition_names_is_kept_from_its_place_on_for_good()
    {
        _world.Send("Product Viewed", """{"fabric":"wool"}""");
        Assert.That(_world.Kept.Find("fabric"), Is.EqualTo(-1));

        var key = _world.Kept.Keep("fabric");
        _world.Send("Product Viewed", """{"fabric":"silk"}""");

        Assert.That(_world.Latest(), Is.EqualTo(new[] { "fabric=silk" }));
        Assert.That(_world.Kept.SinceOffset(key), Is.EqualTo(1));
        var after = _world.Restarted(Listed("color"));
        Assert.That((after.Kept.Find("fabric"), after.Kept.SinceOffset(key)), Is.EqualTo((key, 1L)));
        after.Send("Product Viewed", """{"fabric":"jute","color":"red"}""");
        Assert.That(after.Latest(), Is.EqualTo(new[] { "color=red", "fabric=jute" }));
    }

    [Test]
    public void Another_list_or_bound_makes_another_state()
    {
        var versions = new[] { Listed("color"), Listed("colour"), Listed("color", "size"), Listed() }
            .Select(options => new KeptProperties(options).Version);
        var bounds = new[] { new HistoryOptions(), new HistoryOptions { Days = 30 }, new HistoryOptions { MaxEvents = 50 } }
            .Select(options => new HistoryWorld(options).History.Version);

        Assert.That(versions, Is.Unique);
        Assert.That(bounds, Is.Unique);
        var again = new KeptProperties(Listed("color")).Version;
        Assert.That(versions.First(), Is.EqualTo(again));
    }

    [Test]
    public void All_faults_of_the_options_are_told()
    {
        var faults = Listed(["a..b", "context", .. Enumerable.Range(0, 300).Select(i => $"p{i}")]).Validate(new ValidationContext(this)).Count();
        var traits = new TraitOptions { Keep = ["", "a.", new string('x', 65), "plan"] }.Validate(new ValidationContext(this)).Count();

        Assert.That((faults, traits), Is.EqualTo((3, 3)));
        Assert.That(new HistoryOptions().Validate(new ValidationContext(this)), Is.Empty);
    }

    private static HistoryOptions Listed(params string[] paths) => new() { KeepsDefaultProperties = false, Properties = paths };

    [Test]
    public void Properties_are_bounded_and_odd_paths_are_refused()
    {
        foreach (var path in new[] { "", ".", "a..b", "a.", "context", new string('x', 257) })
        {
            Assert.That(_world.Kept.Keep(path), Is.EqualTo(-1), path);
        }

        for (var i = _world.Kept.Count; i < KeptProperties.Max; i++)
        {
            Assert.That(_world.Kept.Keep($"p{i}"), Is.EqualTo(i));
        }

        Assert.That(_world.Kept.Keep("more"), Is.EqualTo(-1));
        Assert.That(_world.Kept.Keep("p200"), Is.EqualTo(200));
        _world.Send("Product Viewed", """{"p255":1,"more":2}""");
        Assert.That(_world.Latest(), Is.EqualTo(new[] { "p255=1" }));
    }

    [TestCase("Product Viewed", "product_view", true)]
    [TestCase("Order Completed", "purchase", true)]
    [TestCase("Baked a cake", "Baked a cake", true)]
    [TestCase("Baked a cake", "baked_a_cake", false)]
    public void Names_of_the_taxonomy_are_one_in_every_spelling(string sent, string asked, bool isFound)
    {
        _world.Send(sent);

        Assert.That(_world.Names.Find(asked) == _world.Read().Events[0].Event, Is.EqualTo(isFound));
        Assert.That(_world.Names[_world.Read().Events[0].Event], Is.EqualTo(sent));
    }

    [TestCase(EventType.Identify, "$identify")]
    [TestCase(EventType.Page, "$page")]
    [TestCase(EventType.Screen, "$screen")]
    [TestCase(EventType.Group, "$group")]
    [TestCase(EventType.Alias, "$alias")]
    public void Calls_without_a_name_of_their_own_have_one(EventType type, string name)
    {
        var call = _world.Event("Purchase");
        (call.Type, call.Kind) = (type, EventKind.Other);
        _world.Send(call);

        Assert.That(_world.Names[_world.Read().Events[0].Event], Is.EqualTo(name));
        Assert.That(_world.Names.Find(name), Is.EqualTo(_world.Read().Events[0].Event));
    }

    [Test]
    public void An_event_whose_name_has_no_number_is_kept_as_other()
    {
        var world = new HistoryWorld(new HistoryOptions { MaxEventNames = 100 });
        for (var i = 0; i < 101; i++)
        {
            world.Send($"name {i}");
        }

        Assert.That(world.Names[world.Read().Events[^1].Event], Is.EqualTo("$other"));
        Assert.That((world.Names.Find("name 99") > 0, world.Names.Find("name 100"), world.Names.Refused), Is.EqualTo((true, -1, 1L)));
    }
}
