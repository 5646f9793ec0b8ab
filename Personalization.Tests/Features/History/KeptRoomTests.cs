using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.History;

/// <summary>What is told when no more properties of events can be kept.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class KeptRoomTests
{
    private static readonly string[] AllButOne =
        [.. Enumerable.Range(0, KeptProperties.Max - 1 - HistoryOptions.DefaultProperties.Count).Select(number => $"--Personalization:Features:History:Properties:{number}=p{number}")];

    [Test]
    public void A_definition_that_needs_more_than_there_is_room_for_is_told_so_with_all_that_is_wrong()
    {
        var kept = new KeptProperties(new HistoryOptions { KeepsDefaultProperties = false, Properties = [.. Enumerable.Range(0, KeptProperties.Max - 1).Select(number => $"p{number}")] });
        var faults = new List<DefinitionFault>();

        KeptRoom.Check(kept, ["p0", "one", "one"], faults);
        Assert.That(faults, Is.Empty, "there is room for one");
        KeptRoom.Check(kept, ["p0", "one", "two", "a..b"], faults);
        Assert.That(faults.Select(fault => fault.Message), Has.Exactly(1).Contains("'a..b' is no path").And.Exactly(1).Contains("3 properties of events that are not kept yet (a..b, one, two), and 1 more can be"));

        kept.Keep("one");
        Assert.That((kept.Keep("two"), kept.Free, kept.Refused, kept.Keep("one")), Is.EqualTo((-1, 0, 1L, KeptProperties.Max - 1)));
    }

    [Test]
    public async Task Every_kind_of_definition_is_refused_for_it_and_those_that_ask_about_what_is_kept_are_not()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path, AllButOne);
        var (fresh, known) = (Where("one", "two"), Where("p0", "p1"));

        Assert.That(await PutAsync(shop, "features/f", $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{fresh}}}"""), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await PutAsync(shop, "segments/s", $$"""{"condition":{"event":"A","where":{{fresh}} } }"""), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await PutAsync(shop, "funnels/u", $$"""{"steps":[{"event":"A","where":{{fresh}}},{"event":"B"}],"within":"1d"}"""), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await PutAsync(shop, "triggers/t", $$"""{"kind":"pattern","sequence":[{"event":"A","where":{{fresh}}}],"cooldown":"1s"}"""), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await PutAsync(shop, "features/f", $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{known}}}"""), Is.EqualTo(HttpStatusCode.Created));
        Assert.That(await PutAsync(shop, "features/g", $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{Where("p0", "one")}}}"""), Is.EqualTo(HttpStatusCode.Created), "the last one");
        Assert.That(await PutAsync(shop, "features/h", $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{Where("p0", "two")}}}"""), Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public void A_configuration_that_asks_for_too_much_does_not_start()
    {
        using var folder = new TemporaryFolder();
        string[] arguments =
        [
            .. AllButOne,
            "--Personalization:Features:Definitions:a=" + $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{Where("one", "p0")}}}""",
            "--Personalization:Features:Definitions:b=" + $$"""{"aggregate":"count","events":["A"],"window":"1h","where":{{Where("two", "p0")}}}""",
        ];

        Assert.That(
            async () => await ShopServer.StartAsync(folder.Path, arguments),
            Throws.InstanceOf<Microsoft.Extensions.Options.OptionsValidationException>().With.Message.Contains("make 257"));
    }

    private static string Where(string one, string other) =>
        $$"""{"any":[{"property":"{{one}}","op":"exists"},{"property":"{{other}}","op":"exists"}]}""";

    /// <summary>A refusal must be the one for want of room.</summary>
    private static async Task<HttpStatusCode> PutAsync(ShopServer shop, string path, string body)
    {
        using var answer = await shop.Server.PutAsync("/v1/" + path, ShopServer.Json(body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.IsSuccessStatusCode || JsonElement.Parse(text).GetProperty("faults").EnumerateArray().Single().GetProperty("message").GetString()!.Contains("that are not kept yet"), text);
        return answer.StatusCode;
    }
}
