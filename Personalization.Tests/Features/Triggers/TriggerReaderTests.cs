using NUnit.Framework;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Triggers;
using Personalization.Tests.Features.Conditions;

namespace Personalization.Tests.Features.Triggers;

internal sealed class TriggerReaderTests
{
    [TestCase("""[]""", "")]
    [TestCase("""{}""", "")]
    [TestCase("""{"kind":"full_moon"}""", "/kind")]
    [TestCase("""{"kind":"pattern"}""", "")]
    [TestCase("""{"kind":"pattern","sequence":[{"not":{"event":"A"}}]}""", "/sequence/0")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"since":"2026-01-01"}""", "")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"},{"event":"B","times":2,"within":"1h"}]}""", "/sequence/1/within")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A","times":17}]}""", "/sequence")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"cooldown":"91d"}""", "/cooldown")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"limit":{"count":0,"within":"1d"}}""", "/limit/count")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"limit":{"count":1}}""", "/limit")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"if":{}}""", "/if")]
    [TestCase("""{"kind":"pattern","sequence":[{"event":"A"}],"minShare":1}""", "/minShare")]
    [TestCase("""{"kind":"price_drop","minShare":2}""", "/minShare")]
    [TestCase("""{"kind":"price_drop","minAmount":-1}""", "/minAmount")]
    [TestCase("""{"kind":"back_in_stock","minAmount":1}""", "/minAmount")]
    [TestCase("""{"kind":"back_in_stock","interest":{}}""", "/interest")]
    [TestCase("""{"kind":"engagement_fall","event":"A","share":1}""", "/share")]
    [TestCase("""{"kind":"engagement_fall","event":"A","window":"30d","baseline":"61d"}""", "/baseline")]
    [TestCase("""{"kind":"engagement_fall"}""", "")]
    [TestCase("""{"kind":"segment","segment":"vip","on":"seen"}""", "/on")]
    [TestCase("""{"kind":"segment","segment":"V I P","on":"left"}""", "/segment")]
    public void What_is_wrong_is_told_with_its_place(string json, string path)
    {
        var faults = new List<DefinitionFault>();

        var read = TriggerReader.Read("t", 1, ConditionWorld.Json(json), faults);

        Assert.That(read, Is.Null);
        Assert.That(faults.Select(fault => fault.Path), Is.EqualTo((string[])[path]));
    }

    [Test]
    public void All_faults_are_told_at_once()
    {
        var faults = new List<DefinitionFault>();

        TriggerReader.Read("t", 1, ConditionWorld.Json("""{"kind":"segment","on":"x","cooldown":1,"expires":"y","what":true}"""), faults);

        Assert.That(faults, Has.Count.EqualTo(5));
    }

    [Test]
    public void What_is_not_said_is_usual()
    {
        var read = TriggerReader.Read("t", 3, ConditionWorld.Json("""{"kind":"back_in_stock"}"""), []);

        Assert.That((read!.Version, read.CooldownMs, read.ExpiresMs, read.Limit), Is.EqualTo((3, 86_400_000L, 3_600_000L, ((int, long)?)null)));
        Assert.That(((ItemWait)read.Waits).Interest.Names, Is.EqualTo((string[])["Product Viewed", "Product Added"]));
    }
}
