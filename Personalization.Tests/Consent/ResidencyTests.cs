using System.Text;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain.Residency;
using Personalization.Tests.Tracking;

namespace Personalization.Tests.Consent;

public sealed class ResidencyTests
{
    private const ushort ShopUs = 7;

    [TestCase("DE", "DE")]
    [TestCase("de", "DE")]
    [TestCase(" fr ", "FR")]
    [TestCase("Germany", "DE")]
    [TestCase("united states", "US")]
    [TestCase("Deutschland", "DE")]
    [TestCase("Atlantis", "")]
    [TestCase("D1", "")]
    [TestCase("", "")]
    [TestCase("ÄÖ", "")]
    public void A_country_is_found_by_code_and_name(string text, string code) =>
        Assert.That(new Countries([new("Deutschland", "DE")]).Find(Encoding.UTF8.GetBytes(text)).ToString(), Is.EqualTo(code));

    [Test]
    public void A_very_long_text_is_no_country() => Assert.That(new Countries([]).Find(new byte[100_000]).IsNone, Is.True);

    [TestCase("""{"type":"track","context":{"locale":"de","location":{"city":"Bonn","country":"DE"}}}""", "DE")]
    [TestCase("""{"properties":{"country":"FR"},"context":{"location":{"country":"DE"}}}""", "DE")]
    [TestCase("""{"properties":{"country":"FR","context":{"location":{"country":"FR"}}}}""", "")]
    [TestCase("""{"context":{"country":"FR"}}""", "")]
    [TestCase("""{"context":{"location":"country"}}""", "")]
    [TestCase("""{"context":{"location":{"country":null}}}""", "")]
    [TestCase("""{"context":{"location":{"country":["DE"]}}}""", "")]
    [TestCase("""{"context":[{"location":{"country":"DE"}}]}""", "")]
    [TestCase("""{"context":{"location":{"country":"DE""", "")]
    public void A_country_is_read_from_its_place_only(string json, string country)
    {
        var batch = new Parsing().Single("""{"anonymousId":"a","event":"Seen",""" + json[1..]);

        Assert.That(batch.EventCount == 0 ? "" : Parsing.Text(batch[0], batch[0].ConsentDetails.Country), Is.EqualTo(country));
    }

    [Test]
    public void A_context_of_a_whole_batch_names_a_country_too()
    {
        var batch = new Parsing().Batch("""{"context":{"location":{"country":"DE"}},"batch":[{"type":"track","anonymousId":"a","event":"Seen"}]}""");

        Assert.That(Parsing.Text(batch[0], batch[0].ConsentDetails.Country), Is.EqualTo("DE"));
    }

    /// <summary>The same events in any order, and merged in any order, give the same tag: a replay may find another one.</summary>
    [Test]
    public void The_newest_country_counts_in_whatever_order_events_and_merges_come([Range(1, 30)] int seed)
    {
        var random = new Random(seed);
        var told = Enumerable.Range(0, 8).Select(i => ResidencyState.Of(
            (uint)random.Next(1, 6), random.Next(3) == 0 ? default : new CountryCode((ushort)((('A' + random.Next(4)) << 8) | 'X')), (ushort)random.Next(3))).ToArray();
        var expected = told.Aggregate(default(ResidencyState), (state, next) => state.With(next));

        random.Shuffle(told);
        var store = new ResidencyStore();
        foreach (var (i, each) in told.Index())
        {
            store.Record(i % 3, each);
        }

        store.Merge(2, 1);
        store.Merge(1, 0);

        Assert.That(store[0], Is.EqualTo(expected));
        Assert.That((store[1].Word, store[2].Word), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void A_late_event_does_not_undo_a_newer_country_and_an_event_without_one_none()
    {
        var store = new ResidencyStore();
        store.Record(0, Told(10, "DE"));
        store.Record(0, Told(20, "DE"));

        store.Record(0, Told(15, "FR"));
        store.Record(0, Told(30, ""));

        Assert.That(store[0].Country.ToString(), Is.EqualTo("DE"));
    }

    [TestCase("DE", "eu", ResidencyOrigin.Country)]
    [TestCase("NO", "eu", ResidencyOrigin.Country)]
    [TestCase("CH", "ch", ResidencyOrigin.Country)]
    [TestCase("JP", "apac", ResidencyOrigin.Country)]
    [TestCase("", "us", ResidencyOrigin.Source)]
    public void A_tag_is_the_countrys_region_or_the_sources(string country, string region, ResidencyOrigin origin)
    {
        var residency = With(store => store.Record(0, Told(10, country)), Options());

        Assert.That(residency.TagOf(0), Is.EqualTo(new ResidencyTag(country, region, origin)));
    }

    [Test]
    public void Nobody_knows_where_a_stranger_belongs() =>
        Assert.That(With(_ => { }, Options()).TagOf(-1), Is.EqualTo(new ResidencyTag("", "unknown", ResidencyOrigin.Default)));

    [TestCase("DE", "ads", false, ResidencyReason.RegionNotAllowed)]
    [TestCase("US", "ads", true, ResidencyReason.RegionAllowed)]
    [TestCase("US", "ADS", true, ResidencyReason.RegionAllowed)]
    [TestCase("DE", "warehouse", true, ResidencyReason.RegionAllowed)]
    [TestCase("DE", "elsewhere", false, ResidencyReason.DestinationUnknown)]
    public void A_rule_decides_for_each_destination(string country, string destination, bool isAllowed, ResidencyReason reason)
    {
        var verdict = With(store => store.Record(0, Told(10, country)), Options()).MayLeave(0, destination);

        Assert.That((verdict.IsAllowed, verdict.Reason), Is.EqualTo((isAllowed, reason)));
    }

    [Test]
    public void Whose_region_is_unknown_goes_only_where_everybody_may()
    {
        var options = Options();
        options.Rules["careless"] = ["unknown", "eu"];
        var residency = With(_ => { }, options);

        Assert.Multiple(() =>
        {
            Assert.That(residency.MayLeave(-1, "ads"), Is.EqualTo(new ResidencyVerdict(false, "unknown", ResidencyReason.RegionUnknown)));
            Assert.That(residency.MayLeave(-1, "careless").IsAllowed, Is.False);
            Assert.That(residency.MayLeave(-1, "warehouse").IsAllowed, Is.True);
        });
    }

    [Test]
    public void A_rule_for_all_others_counts_where_there_is_no_own_and_no_rules_mean_no_bounds()
    {
        var options = Options();
        options.Rules["*"] = ["eu"];

        Assert.Multiple(() =>
        {
            Assert.That(With(store => store.Record(0, Told(10, "DE")), options).MayLeave(0, "elsewhere").IsAllowed, Is.True);
            Assert.That(With(store => store.Record(0, Told(10, "DE")), options).MayLeave(0, "ads").IsAllowed, Is.False);
            Assert.That(With(_ => { }, new ResidencyOptions()).MayLeave(-1, "anywhere").Reason, Is.EqualTo(ResidencyReason.NoRules));
        });
    }

    [Test]
    public void A_question_allocates_nothing()
    {
        var residency = With(store => store.Record(0, Told(10, "DE")), Options());
        residency.MayLeave(0, "ads");
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            residency.MayLeave(0, "ads");
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void What_is_no_country_or_in_two_regions_is_an_error_at_the_start()
    {
        var options = new ResidencyOptions { DefaultRegion = "" };
        options.Regions["eu"] = ["DE", "Germany"];
        options.Regions["dach"] = ["DE", "AT"];
        options.CountryNames["Suomi"] = "FIN";

        Assert.That(new ResidencyOptionsValidator().Validate(null, options).Failures, Has.Exactly(4).Items);
    }

    private static ResidencyState Told(uint seconds, string country) => ResidencyState.Of(seconds, CountryCode.Parse(country), ShopUs);

    private static ResidencyPolicy With(Action<ResidencyStore> fill, ResidencyOptions options)
    {
        var store = new ResidencyStore();
        fill(store);
        return new ResidencyPolicy(store, options, name => name == "shop-us" ? ShopUs : (ushort)1);
    }

    private static ResidencyOptions Options()
    {
        var options = new ResidencyOptions();
        options.Regions["apac"] = ["JP", "AU"];
        options.Sources["shop-us"] = "us";
        options.Rules["ads"] = ["us"];
        options.Rules["warehouse"] = ["*"];
        return options;
    }
}
