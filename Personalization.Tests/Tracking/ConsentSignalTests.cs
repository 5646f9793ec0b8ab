using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Tracking;

public class ConsentSignalTests
{
    private readonly Parsing _parsing = new();

    [TestCase("Collect", Purposes.Collect)]
    [TestCase("PROFILE", Purposes.Profile)]
    [TestCase("personalize", Purposes.Personalise)]
    [TestCase("Personalisation", Purposes.Personalise)]
    [TestCase("measure", Purposes.Measure)]
    [TestCase("activate", Purposes.Activate)]
    [TestCase("train", Purposes.Train)]
    [TestCase("Advertising", Purposes.Personalise | Purposes.Activate)]
    [TestCase("c0002", Purposes.Measure)]
    [TestCase("Werbung für Dich", Purposes.Activate)]
    [TestCase("unheard of", Purposes.None)]
    [TestCase("", Purposes.None)]
    public void Names_mean_purposes(string name, Purposes purposes)
    {
        var granted = Consent("{\"consent\":{\"categoryPreferences\":{\"" + name + "\":true}}}");
        var denied = Consent("{\"consent\":{\"categoryPreferences\":{\"" + name + "\":false}}}");

        Assert.That(granted, Is.EqualTo(new ConsentSignal((byte)purposes, (byte)purposes)));
        Assert.That(denied, Is.EqualTo(new ConsentSignal((byte)purposes, 0)));
    }

    [Test]
    public void Rudderstack_lists_what_is_allowed_and_what_is_denied()
    {
        var signal = Consent("""{"consentManagement":{"provider":"oneTrust","allowedConsentIds":["C0002","x"],"deniedConsentIds":["Advertising"]}}""");

        Assert.That(signal, Is.EqualTo(new ConsentSignal(8 | 4 | 16, 8)));
    }

    [TestCase("""{"consent":{"categoryPreferences":{"advertising":true,"activate":false}}}""")]
    [TestCase("""{"consent":{"categoryPreferences":{"activate":false,"advertising":true}}}""")]
    public void Where_two_categories_disagree_the_denial_counts(string context) =>
        Assert.That(Consent(context), Is.EqualTo(new ConsentSignal(4 | 16, 4)));

    [TestCase("""{"consent":null}""")]
    [TestCase("""{"consent":true}""")]
    [TestCase("""{"consent":{"categoryPreferences":["train"]}}""")]
    [TestCase("""{"consent":{"categoryPreferences":{"train":"yes","profile":{"deep":[1]},"measure":null}}}""")]
    [TestCase("""{"consentManagement":[]}""")]
    [TestCase("""{"consentManagement":{"allowedConsentIds":{"train":1},"deniedConsentIds":"train"}}""")]
    [TestCase("""{"consentManagement":{"allowedConsentIds":[null,{"a":"train"},[["train"]]]}}""")]
    public void What_is_no_clear_word_says_nothing(string context) =>
        Assert.That(Consent(context), Is.EqualTo(default(ConsentSignal)));

    private ConsentSignal Consent(string context) => _parsing.Track("\"context\":" + context).Consent;
}
