using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Features.History;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.History.HistoryWorld;

namespace Personalization.Tests.Features.Traits;

/// <summary>Which traits are kept, and whose word counts.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProfileTraitsTests
{
    private TraitWorld _world = new();

    [TestCase("""{"plan":"gold","age":42,"vip":true,"score":0.5}""", "age=42", "plan=gold", "score=0.5", "vip=true")]
    [TestCase("""{"company":{"size":10,"address":{"country":"DE"}}}""", "company.size=10")]
    [TestCase("""{"a":{"b":{"c":{"d":1,"e":{"f":2}}}}}""", "a.b.c.d=1")]
    [TestCase("""{"tags":["a","b"],"plan":"gold"}""", "plan=gold")]
    [TestCase("""{"plan":"a","plan":"b"}""", "plan=b")]
    [TestCase("""{"plan":"a","plan":null}""")]
    [TestCase("""{"plan":1e999,"":1,"pl\u0061n":"x"}""")]
    [TestCase("""{"email":"a@b.c","E-Mail":"x","firstName":"Ann","last_name":"B","Phone":"1","address":{"city":"Ulm"},"birthday":"2000-01-01","plan":"gold"}""", "plan=gold")]
    public void Scalars_are_kept_by_their_paths_and_what_tells_who_somebody_is_is_not(string traits, params string[] kept)
    {
        _world.Identify(traits);

        Assert.That(_world.Read(), Is.EquivalentTo(kept));
    }

    [Test]
    public void Identifying_traits_are_kept_when_the_shop_asks_for_them()
    {
        var world = new TraitWorld(new TraitOptions { Keep = ["address.country", "birthday"] });
        world.Identify("""{"address":{"country":"DE","city":"Ulm"},"birthday":"2000-01-01","phone":"1"}""");

        Assert.That(world.Read(), Is.EquivalentTo(new[] { "address.country=DE", "birthday=2000-01-01" }));
    }

    [Test]
    public void The_last_word_by_event_time_counts_whatever_the_order_of_arrival()
    {
        (string Traits, long Minute)[] said = [("""{"plan":"a","age":1}""", 1), ("""{"plan":"b"}""", 5), ("""{"plan":null,"age":3}""", 3), ("""{"plan":"b","age":2}""", 2)];
        foreach (var order in new[] { new[] { 0, 1, 2, 3 }, [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2] })
        {
            var world = new TraitWorld();
            foreach (var i in order)
            {
                world.Identify(said[i].Traits, timeMs: Start + (said[i].Minute * Minute));
            }

            Assert.That(world.Read(), Is.EquivalentTo(new[] { "age=3", "plan=b" }));
        }
    }

    [Test]
    public void The_same_word_said_again_holds_against_an_older_one_that_comes_late()
    {
        _world.Identify("""{"plan":"gold"}""", timeMs: Start);
        _world.Identify("""{"plan":"gold"}""", timeMs: Start + (9 * Minute));
        _world.Identify("""{"plan":"silver"}""", timeMs: Start + (5 * Minute));

        Assert.That(_world.Read(), Is.EquivalentTo(new[] { "plan=gold" }));
        Assert.That(_world.Restarted().Read(), Is.EquivalentTo(new[] { "plan=gold" }));
    }

    [Test]
    public void Null_removes_a_trait_also_for_what_was_said_before_and_comes_later()
    {
        _world.Identify("""{"plan":null}""", timeMs: Start + Minute);
        _world.Identify("""{"plan":"gold"}""", timeMs: Start);
        Assert.That(_world.Read(), Is.Empty);

        _world.Identify("""{"plan":"gold"}""", timeMs: Start + (2 * Minute));
        Assert.That(_world.Read(), Is.EquivalentTo(new[] { "plan=gold" }));
    }

    [Test]
    public void Any_call_may_say_traits_in_its_context_and_a_group_call_says_none()
    {
        _world.Send(EventType.Track, "{}", """{"plan":"gold"}""");
        _world.Send(EventType.Group, """{"size":5}""", "");

        Assert.That(_world.Read(), Is.EquivalentTo(new[] { "plan=gold" }));
    }

    [Test]
    public void A_person_has_no_more_traits_than_may_be_and_texts_are_cut()
    {
        _world.Identify($"{{{string.Join(',', Enumerable.Range(0, 70).Select(i => $"\"t{i}\":\"{new string('x', 200)}\""))}}}");

        Assert.That(_world.Read().Length, Is.EqualTo(64));
        Assert.That(_world.Read()[0], Is.EqualTo("t0=" + new string('x', 128)));
        Assert.That(_world.Restarted().Read(), Is.EqualTo(_world.Read()));
    }

    [Test]
    public void What_others_say_expires_and_never_overrules_the_shop()
    {
        _world.Identify("""{"plan":"gold"}""");
        _world.Import("""{"plan":"silver","income":"high"}""", "Acme", "contract 7", Start + Day);

        var set = new TraitSet();
        _world.Traits.TryRead(1, set);
        Assert.That(Value(set, "plan", Start), Is.EqualTo("gold"));
        Assert.That(Value(set, "income", Start + Day - 1), Is.EqualTo("high"));
        Assert.That(Value(set, "income", Start + Day), Is.Null);
        Assert.That(_world.Names.SourceOf(1), Is.EqualTo(("Acme", "contract 7")));

        _world.Identify("""{"plan":null}""", timeMs: Start + Minute);
        _world.Traits.TryRead(1, set);
        Assert.That(Value(set, "plan", Start), Is.EqualTo("silver"));

        string? Value(TraitSet traits, string name, long nowMs) =>
            traits.TryGet(_world.Traits.Find(name), nowMs, out var trait) ? trait.Value.ToString(traits.Text) : null;
    }

    [Test]
    public void A_third_party_block_of_any_other_source_is_just_context()
    {
        _world.Send(EventType.Identify, """{"plan":"gold"}""", "", context: """{"thirdParty":{"source":"Acme","licence":"x","expiresAtMs":1}}""");

        var set = new TraitSet();
        _world.Traits.TryRead(1, set);
        Assert.That((set.All[0].Source, set.All[0].ExpiresAtMs), Is.EqualTo((0, long.MaxValue)));
    }

    [Test]
    public async Task Merging_restarting_and_erasing_keep_and_lose_what_they_should()
    {
        _world.Identify("""{"plan":"gold","age":1}""", timeMs: Start + Minute);
        _world.Identify("""{"plan":"silver","size":2}""", timeMs: Start, profileId: 2);
        _world.Traits.Merge(2, 1);
        Assert.That(_world.Read(), Is.EquivalentTo(new[] { "plan=gold", "age=1", "size=2" }));
        Assert.That(_world.Traits.TryRead(2, new TraitSet()), Is.False);

        _world = _world.Restarted();
        Assert.That(_world.Read(), Is.EquivalentTo(new[] { "plan=gold", "age=1", "size=2" }));

        var subject = new ErasureSubject(new HashSet<int> { 1, 2 }, [], new HashSet<UInt128>());
        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream))
        {
            await _world.Traits.ExportAsync(subject, json, CancellationToken.None);
        }

        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Does.Contain("\"name\":\"plan\",\"value\":\"gold\""));
        Assert.That(await _world.Traits.CountAsync(subject, CancellationToken.None), Is.EqualTo(3));
        Assert.That(await _world.Traits.EraseAsync(subject, CancellationToken.None), Is.EqualTo(3));
        Assert.That(_world.Restarted().Read(), Is.Empty);
    }

    [Test]
    public void The_same_words_in_another_order_are_the_same_bytes()
    {
        var random = new Random(7);
        var said = Enumerable.Range(0, 40).Select(i => ($$"""{"t{{i % 7}}":"v{{i % 3}}"}""", Start + (random.Next(20) * Minute), i % 3)).ToArray();
        var digests = Enumerable.Range(0, 5).Select(_ =>
        {
            var world = new TraitWorld();
            foreach (var source in new[] { "A", "B" })
            {
                world.Names.ResolveSource(source, "x");
            }

            for (var i = 0; i < 7; i++)
            {
                world.Names.Resolve(Encoding.UTF8.GetBytes($"t{i}"));
            }

            foreach (var i in Enumerable.Range(0, said.Length).OrderBy(_ => random.Next()))
            {
                world.NextOffset = i;
                var (traits, timeMs, source) = said[i];
                if (source == 0)
                {
                    world.Identify(traits, timeMs: timeMs);
                }
                else
                {
                    world.Import(traits, source == 1 ? "A" : "B", "x", Start + Day, timeMs);
                }
            }

            return Convert.ToHexString(world.Traits.Digest(1));
        }).Distinct();

        Assert.That(digests.Count(), Is.EqualTo(1));
    }

    [Test]
    public void Context_known_last_is_that_of_the_latest_event_that_has_it()
    {
        var world = new HistoryWorld();
        world.Send("Product Viewed", "{}", """{"device":{"type":"mobile"}}""");
        world.Send("Product Viewed", "{}", """{"device":{"type":"tv"}}""", Start - Minute);
        world.Send("Product Viewed");

        var facts = world.Read();

        Assert.That(facts.LatestValueOf(world.Kept.Find("context.device.type")).ToString(facts.Text), Is.EqualTo("mobile"));
        Assert.That(facts.LatestValueOf(world.Kept.Find("coupon")).ToString(facts.Text), Is.Empty);
    }
}
