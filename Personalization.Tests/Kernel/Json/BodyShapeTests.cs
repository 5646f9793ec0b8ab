using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NUnit.Framework;
using Personalization.Kernel.Json;

namespace Personalization.Tests.Kernel.Json;

internal sealed class BodyShapeTests
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    [Test]
    public void A_body_that_fits_is_read()
    {
        var (value, faults) = Read("""{"reason":"r","Count":3,"parts":[{"name":"a","share":0.5}],"on":null,"free":null}""");

        Assert.That(faults, Is.Empty);
        Assert.That((value!.Reason, value.Count, value.Parts![0].Share, value.On), Is.EqualTo(("r", 3, 0.5, (DateOnly?)null)));
    }

    [Test]
    public void Everything_that_is_wrong_is_told_at_once_and_in_the_words_of_json()
    {
        var (value, faults) = Read("""{"count":"x","parts":[{"name":1,"share":2,"a/b":0},7],"count":1,"on":"soon","more":[]}""");

        Assert.That(value, Is.Null);
        Assert.That(faults.Select(fault => $"{fault.Pointer} {fault.Detail}"), Is.EqualTo(new[]
        {
            "/count It must be a whole number.",
            "/parts/0/name It must be a text.",
            "/parts/0/a~1b It means nothing here. Known are: name, share.",
            "/parts/1 It must be an object.",
            "/count It stands here twice.",
            "/on It must be a day, such as 2026-05-01.",
            "/more It means nothing here. Known are: reason, count, parts, on, free.",
            "/reason It is missing: a text.",
        }));
    }

    [TestCase("null", " It must be an object.")]
    [TestCase("[]", " It must be an object.")]
    [TestCase("""{"reason":null}""", "/reason It must be a text.")]
    [TestCase("""{"reason":"r","count":1e30}""", "/count It must be a whole number.")]
    [TestCase("""{"reason":""", " It is not JSON from byte 10 of line 0 on.")]
    [TestCase("""{"reason":"\ud800"}""", " It is not JSON from byte 11 of line 0 on.")]
    public void One_fault_is_told_with_its_place(string json, string fault) =>
        Assert.That(Read(json).Faults.Select(each => $"{each.Pointer} {each.Detail}"), Is.EqualTo(new[] { fault }));

    [Test]
    public void A_body_of_noise_is_not_answered_with_a_longer_one()
    {
        var noise = "{" + string.Join(',', Enumerable.Range(0, 1_000).Select(i => $"\"x{i}\":1")) + "}";

        Assert.That(Read(noise).Faults, Has.Count.EqualTo(BodyShape.MaxFaults));
    }

    private static (Body? Value, List<BodyFault> Faults) Read(string json)
    {
        var faults = new List<BodyFault>();
        return (BodyShape.Read(Encoding.UTF8.GetBytes(json), (JsonTypeInfo<Body>)Strict.GetTypeInfo(typeof(Body)), faults), faults);
    }

    private sealed record Body(string Reason, int Count = 0, IReadOnlyList<Part>? Parts = null, DateOnly? On = null, JsonElement? Free = null);

    private sealed record Part(string Name, double Share);
}
