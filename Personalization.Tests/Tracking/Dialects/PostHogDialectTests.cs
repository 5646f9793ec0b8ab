using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tests.Tracking.Dialects;

internal sealed class PostHogDialectTests
{
    private Translating _translating;

    [SetUp]
    public void Begin() => _translating = new Translating(new PostHogDialect());

    [TestCase("""{"event":"x","distinct_id":"u"}""", "u", "", Description = "A server knows whom it speaks of")]
    [TestCase("""{"event":"x","distinct_id":"r","properties":{"$process_person_profile":false}}""", "", "r")]
    [TestCase("""{"event":"x","properties":{"distinct_id":"d","$device_id":"d","$is_identified":false}}""", "", "d")]
    [TestCase("""{"event":"x","properties":{"distinct_id":"u","$device_id":"d","$is_identified":true}}""", "u", "d")]
    [TestCase("""{"event":"x","properties":{"distinct_id":"u","$device_id":"d"}}""", "u", "d")]
    [TestCase("""{"event":"$identify","properties":{"distinct_id":"u","$anon_distinct_id":"a","$device_id":"d"}}""", "u", "a")]
    [TestCase("""{"event":"$groupidentify","distinct_id":"$company_acme","properties":{"$group_key":"acme"}}""", "", "$company_acme")]
    [TestCase("""{"event":"x","distinct_id":42}""", "42", "")]
    public void The_person_and_the_device_are_told_apart(string sent, string user, string device)
    {
        var batch = _translating.Body($$"""{"api_key":"k","batch":[{{sent}}]}""");

        Assert.That((_translating.Text(batch[0], batch[0].UserId), _translating.Text(batch[0], batch[0].AnonymousId)), Is.EqualTo((user, device)));
    }

    [TestCase("$pageview", EventType.Page)]
    [TestCase("$screen", EventType.Screen)]
    [TestCase("$identify", EventType.Identify)]
    [TestCase("$set", EventType.Identify)]
    [TestCase("$create_alias", EventType.Alias)]
    [TestCase("$groupidentify", EventType.Group)]
    [TestCase("$pageleave", EventType.Track)]
    [TestCase("Product Viewed", EventType.Track)]
    public void Special_events_are_the_calls_that_they_stand_for(string name, EventType type)
    {
        var batch = _translating.Body($$$"""{"api_key":"k","batch":[{"event":"{{{name}}}","uuid":"m","distinct_id":"u","properties":{"alias":"a","$set":{"plan":"gold"},"product_id":"P-1"}}]}""");

        Assert.That((batch[0].Type, _translating.Text(batch[0], batch[0].MessageId)), Is.EqualTo((type, "m")));
    }

    [Test]
    public void An_alias_names_the_id_that_joins()
    {
        var batch = _translating.Body("""{"api_key":"k","batch":[{"event":"$create_alias","distinct_id":"u","properties":{"distinct_id":"u","alias":"anon-1"}}]}""");

        Assert.That((_translating.Text(batch[0], batch[0].UserId), _translating.Text(batch[0], batch[0].PreviousId)), Is.EqualTo(("u", "anon-1")));
    }

    [TestCase("")]
    [TestCase("&ip=1")]
    public void The_last_words_of_a_page_come_in_a_forms_field(string further)
    {
        var data = Convert.ToBase64String("""[{"event":"$pageleave","uuid":"m>?","properties":{"token":"k","distinct_id":"d"}}]"""u8);
        var batch = _translating.Body("data=" + Uri.EscapeDataString(data) + further);

        Assert.That((data, _translating.Text(batch[0], batch[0].Name), _translating.Text(batch[0], batch[0].MessageId)), Is.EqualTo((data, "$pageleave", "m>?")));
    }

    [TestCase("data=", Description = "Nothing in it")]
    [TestCase("data=%%%")]
    [TestCase("data=bm9uc2Vuc2U=")]
    [TestCase("data=WzFd&", Description = "JSON, and no event in it")]
    public void A_form_of_something_else_is_refused(string body)
    {
        var translation = new PostHogDialect().Translate(new DialectRequest(System.Text.Encoding.UTF8.GetBytes(body), ""), new System.Buffers.ArrayBufferWriter<byte>());

        Assert.That(translation.Status, Is.EqualTo(body == "data=WzFd&" ? TranslationStatus.Translated : TranslationStatus.Unreadable));
    }

    [Test]
    public void Traits_of_an_identify_are_kept()
    {
        _translating.Body("""{"api_key":"k","batch":[{"event":"$identify","distinct_id":"u","$set":{"email":"a@example.com"},"$set_once":{"first":1}}]}""");

        Assert.That(_translating.Event().GetProperty("traits").GetProperty("email").GetString(), Is.EqualTo("a@example.com"));
        Assert.That(_translating.Event().GetProperty("context").GetProperty("setOnce").GetProperty("first").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("""{"api_key":"phc","event":"x","distinct_id":"u"}""")]
    [TestCase("""{"token":"phc","event":"x","distinct_id":"u"}""")]
    [TestCase("""[{"event":"x","properties":{"distinct_id":"u","token":"phc"}}]""")]
    public void Events_also_come_alone_or_as_an_array_with_the_key_in_either_place(string body)
    {
        var batch = _translating.Body(body);

        Assert.That(batch.EventCount, Is.EqualTo(1));
        Assert.That(_translating.Output, Does.StartWith("""{"writeKey":"phc","""));
    }

    [TestCase("""{"properties":{}}""")]
    [TestCase("""{"event":""}""")]
    [TestCase("""{"event":"\ud800","distinct_id":"u"}""")]
    [TestCase("""{"event":"x"}""")]
    [TestCase("""{"event":"x","distinct_id":"\ud800"}""")]
    [TestCase("""{"event":"x","distinct_id":{"a":1}}""")]
    [TestCase("1")]
    public void What_cannot_be_translated_is_refused_alone(string sent)
    {
        var batch = _translating.Body($$"""{"api_key":"k","batch":[{{sent}},{"event":"x","distinct_id":"u"}]}""");

        Assert.That((batch.EventCount, batch.Refusals.Count, batch.Refusals[0].Index), Is.EqualTo((1, 1, 0)));
    }
}
