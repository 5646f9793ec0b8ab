using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Rights;

[Parallelizable]
internal sealed class ErasureRequestTests : RightsTests
{
    [Test]
    public async Task An_erasure_is_carried_out_receipted_certified_and_told()
    {
        await PlantAsync();
        var id = NewId();
        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(id: id, callbacks: Receiver.Url + "/heard"))).Response.Dispose();
        var requestId = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests"))[0].GetProperty("id").GetString()!;

        var done = await UntilAsync(requestId, "completed");

        var receipts = done.GetProperty("receipts").EnumerateArray().ToDictionary(receipt => receipt.GetProperty("store").GetString()!);
        Assert.That(receipts["features/profiles"].GetProperty("removed").GetInt64(), Is.Positive);
        Assert.That(receipts["tracking/dead-letters"].GetProperty("removed").GetInt64(), Is.Positive);
        Assert.That(receipts.Values.Select(receipt => receipt.GetProperty("remaining").GetInt64()), Is.All.Zero);
        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={Canary}-device")).Ids(), Is.Empty);
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));

        await UntilAsync(() => Task.FromResult(Receiver.Calls.Count == 2), () => $"{Receiver.Calls.Count} calls");
        Assert.That(Statuses(), Is.EqualTo(new[] { "in_progress", "completed" }));
        var (_, certificate, response) = await SendAsync(HttpMethod.Get, $"/v1/privacy/requests/{requestId}/certificate");
        using var signed = response;
        Assert.That(await IsSignedAsync(await signed.Content.ReadAsByteArrayAsync(), Signature(signed)), Is.True);
        Assert.That(certificate.GetProperty("isComplete").GetBoolean(), Is.True);
        Assert.That(certificate.GetProperty("subjectRequestId").GetString(), Is.EqualTo(id));
        Assert.That(certificate.GetProperty("receipts").GetArrayLength(), Is.EqualTo(receipts.Count));
        Assert.That(certificate.ToString(), Does.Not.Contain(Canary));
    }

    [Test]
    public async Task A_dry_run_counts_what_the_erasure_then_removes_and_changes_nothing()
    {
        await PlantAsync();
        var body = new { type = "erasure", identities = new[] { new { kind = "anonymous_id", value = Canary + "-device" } } };
        var (status, dry, response) = await SendAsync(HttpMethod.Post, "/v1/privacy/requests?dryRun=true", body);
        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests")).GetArrayLength(), Is.Zero);

        var request = await CreateAsync(body);
        var done = await UntilAsync(request.GetProperty("id").GetString()!, "completed");

        Assert.That(dry.GetProperty("events").GetInt32(), Is.EqualTo(2));
        foreach (var receipt in done.GetProperty("receipts").EnumerateArray().Where(receipt => receipt.GetProperty("store").GetString()!.Contains('/')))
        {
            var store = receipt.GetProperty("store").GetString()!;
            if (dry.GetProperty("stores").TryGetProperty(store, out var counted))
            {
                Assert.That(receipt.GetProperty("removed").GetInt64(), Is.EqualTo(counted.GetInt64()), store);
            }
        }
    }

    [TestCase("True", HttpStatusCode.OK)]
    [TestCase("yes", HttpStatusCode.BadRequest)]
    public async Task Whoever_only_wants_to_look_erases_nobody_however_it_is_spelt(string dryRun, HttpStatusCode expected)
    {
        await PlantAsync();
        var (status, _, response) = await SendAsync(
            HttpMethod.Post, "/v1/privacy/requests?dryRun=" + dryRun, new { type = "erasure", identities = new[] { new { kind = "anonymous_id", value = Canary + "-device" } } });
        response.Dispose();

        Assert.That((status, JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests")).GetArrayLength()), Is.EqualTo((expected, 0)));
    }

    [Test]
    public async Task A_person_who_is_known_by_refused_events_alone_is_erased_too()
    {
        using (var refused = await Shop.Client.PostAsync("/v1/track", ShopServer.Json(new { userId = Canary })))
        {
            Assert.That(refused.IsSuccessStatusCode, Is.False);
        }

        var request = await CreateAsync(new { type = "erasure", identities = new[] { new { kind = "user_id", value = Canary } } });
        var done = await UntilAsync(request.GetProperty("id").GetString()!, "completed");

        var letters = done.GetProperty("receipts").EnumerateArray().Single(receipt => receipt.GetProperty("store").GetString() == "tracking/dead-letters");
        Assert.That(letters.GetProperty("removed").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_person_is_found_by_their_address_however_it_is_spelt()
    {
        await Shop.TrackAsync("/v1/identify", new { type = "identify", userId = Canary, traits = new { email = "Canary@Zanzibar.example" } });
        await Shop.SettleAsync();
        var request = JsonSerializer.Deserialize<Dictionary<string, object>>(JsonSerializer.Serialize(OpenDsr()))!;
        request["subject_identities"] = new[] { new { identity_type = "email", identity_format = "raw", identity_value = " canary@zanzibar.EXAMPLE " } };

        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", JsonSerializer.Serialize(request))).Response.Dispose();
        var id = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests"))[0].GetProperty("id").GetString()!;

        var done = await UntilAsync(id, "completed");
        Assert.That(done.GetProperty("profiles").GetInt32(), Is.EqualTo(1));
        Assert.That(done.GetProperty("found").GetProperty("identity/identifiers").GetInt64(), Is.Positive);
    }

    [Test]
    public async Task A_request_about_nobody_that_is_known_is_answered_as_well()
    {
        var request = await CreateAsync(new { type = "erasure", identities = new[] { new { kind = "user_id", value = "nobody" } } });

        var done = await UntilAsync(request.GetProperty("id").GetString()!, "completed");

        Assert.That(done.GetProperty("profiles").GetInt32(), Is.Zero);
        var stores = done.GetProperty("receipts").EnumerateArray().Where(receipt => !receipt.GetProperty("store").GetString()!.StartsWith("file/", StringComparison.Ordinal));
        Assert.That(stores.Select(receipt => receipt.GetProperty("removed").GetInt64()), Is.All.Zero);
    }

    [Test]
    public async Task Certificates_are_chained_and_their_receipts_too()
    {
        var hash = "";
        for (var number = 1; number <= 3; number++)
        {
            var request = await CreateAsync(new { type = "erasure", identities = new[] { new { kind = "user_id", value = $"nobody-{number}" } } });
            var id = request.GetProperty("id").GetGuid();
            await UntilAsync(id.ToString(), "completed");
            var bytes = await Shop.Server.GetByteArrayAsync($"/v1/privacy/requests/{id}/certificate");
            var certificate = JsonElement.Parse(Encoding.UTF8.GetString(bytes));

            Assert.That(certificate.GetProperty("certificate").GetInt64(), Is.EqualTo(number));
            Assert.That(certificate.GetProperty("previousCertificateHash").GetString(), Is.EqualTo(hash));
            hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            AssertChained(id, certificate.GetProperty("receipts"));
        }
    }

    [Test]
    public async Task A_callback_that_fails_is_made_again_until_it_is_heard_and_in_order()
    {
        Receiver.Answer = number => number < 2 ? 500 : 200;
        var request = await CreateAsync(new { type = "erasure", identities = new[] { new { kind = "user_id", value = "nobody" } }, callbacks = new[] { Receiver.Url + "/heard" } });
        await UntilAsync(request.GetProperty("id").GetString()!, "completed");

        await UntilAsync(() => Task.FromResult(Receiver.Calls.Count == 4), () => $"{Receiver.Calls.Count} calls");

        Assert.That(Statuses(), Is.EqualTo(new[] { "in_progress", "in_progress", "in_progress", "completed" }));
    }

    /// <summary>As the guide tells those who check to compute it.</summary>
    private static void AssertChained(Guid requestId, JsonElement receipts)
    {
        var before = requestId.ToString("D");
        foreach (var receipt in receipts.EnumerateArray())
        {
            var lines = new[] { before, Text("store"), Text("found"), Text("removed"), Text("remaining"), Text("method"), receipt.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds().ToString() };
            before = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
            Assert.That(receipt.GetProperty("hash").GetString(), Is.EqualTo(before));

            string Text(string name) => receipt.GetProperty(name).ToString();
        }
    }

    private IEnumerable<string?> Statuses() =>
        Receiver.Calls.Select(call => JsonElement.Parse(Encoding.UTF8.GetString(call.Body)).GetProperty("request_status").GetString());
}
