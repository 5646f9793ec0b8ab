using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Rights;

[Parallelizable]
internal sealed class OpenDsrTests : RightsTests
{
    protected override string[] Arguments() => [.. base.Arguments(), "--Personalization:Rights:PendingSeconds=3600"];

    [Test]
    public async Task The_discovery_document_names_what_can_be_asked_and_is_signed_by_the_key_that_it_names()
    {
        using var response = await Shop.Client.GetAsync("/opendsr/discovery");
        var body = await response.Content.ReadAsByteArrayAsync();
        var discovery = JsonElement.Parse(Encoding.UTF8.GetString(body));

        Assert.That(discovery.GetProperty("api_version").GetString(), Is.EqualTo("2.0"));
        Assert.That(discovery.GetProperty("supported_identities").EnumerateArray().Select(identity => identity.GetProperty("identity_type").GetString()), Does.Contain("controller_customer_id"));
        Assert.That(discovery.GetProperty("supported_subject_request_types").EnumerateArray().Select(type => type.GetString()), Is.EquivalentTo(new[] { "access", "erasure", "portability" }));
        Assert.That(discovery.GetProperty("processor_certificate_is_self_signed").GetBoolean(), Is.True);
        Assert.That(await IsSignedAsync(body, Signature(response)), Is.True);
        Assert.That(await IsSignedAsync([.. body, (byte)' '], Signature(response)), Is.False);
    }

    [Test]
    public async Task A_request_is_received_once_and_a_repetition_hears_the_same()
    {
        var request = OpenDsr();
        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", request);
        using var first = response;
        var (again, repeated, second) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", request);
        second.Dispose();

        Assert.That((status, again), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created)), answer.ToString());
        Assert.That(repeated.ToString(), Is.EqualTo(answer.ToString()));
        Assert.That(Encoding.UTF8.GetString(answer.GetProperty("encoded_request").GetBytesFromBase64()), Is.EqualTo(JsonSerializer.Serialize(request)));
        var received = answer.GetProperty("received_time").GetDateTimeOffset();
        Assert.That(answer.GetProperty("expected_completion_time").GetDateTimeOffset(), Is.EqualTo(received.AddMonths(1)));
        Assert.That(await IsSignedAsync(await first.Content.ReadAsByteArrayAsync(), Signature(first)), Is.True);
        var listed = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests"));
        Assert.That(listed.GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Another_request_under_the_same_id_is_refused()
    {
        var id = NewId();
        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(id: id))).Response.Dispose();

        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(id: id, identity: "somebody-else"));

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Reasons(answer), Is.EqualTo(new[] { "duplicate_subject_request_id" }));
    }

    [Test]
    public async Task A_pending_request_can_be_cancelled_and_the_callback_hears_of_it()
    {
        var id = NewId();
        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(id: id, callbacks: Receiver.Url + "/heard"))).Response.Dispose();
        Assert.That(await StatusAsync(id), Is.EqualTo("pending"));

        var (status, answer, response) = await SendAsync(HttpMethod.Delete, $"/opendsr/v2/requests/{id}");
        response.Dispose();
        var (again, _, second) = await SendAsync(HttpMethod.Delete, $"/opendsr/v2/requests/{id}");
        second.Dispose();

        Assert.That(status, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That(answer.GetProperty("subject_request_id").GetString(), Is.EqualTo(id));
        Assert.That(again, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await StatusAsync(id), Is.EqualTo("cancelled"));
        await UntilAsync(() => Task.FromResult(!Receiver.Calls.IsEmpty), () => "nobody was called");
        Receiver.Calls.TryPeek(out var call);
        var heard = JsonElement.Parse(Encoding.UTF8.GetString(call!.Body));
        Assert.That(heard.GetProperty("request_status").GetString(), Is.EqualTo("cancelled"));
        Assert.That(heard.GetProperty("status_callback_url").GetString(), Is.EqualTo(Receiver.Url + "/heard"));
        Assert.That(call.Domain, Is.EqualTo("shop.example"));
        Assert.That(await IsSignedAsync(call.Body, call.Signature), Is.True);
    }

    [TestCase("{", "invalid_json")]
    [TestCase("[]", "invalid_json")]
    [TestCase("\"text\"", "invalid_json")]
    [TestCase("{}", "invalid_subject_request_id", "unsupported_request_type", "missing_field", "missing_field")]
    public async Task What_is_no_request_is_refused_with_every_fault(string body, params string[] reasons)
    {
        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", body);

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("error").GetProperty("code").GetInt32(), Is.EqualTo(400));
        Assert.That(Reasons(answer), Is.EquivalentTo(reasons));
    }

    [TestCase("subject_request_id", "A0000000-0000-4000-8000-000000000000", "invalid_subject_request_id")]
    [TestCase("subject_request_id", "00000000-0000-1000-8000-000000000000", "invalid_subject_request_id")]
    [TestCase("subject_request_id", 7, "invalid_subject_request_id")]
    [TestCase("regulation", "lgpd", "unsupported_regulation")]
    [TestCase("subject_request_type", "rectification", "unsupported_request_type")]
    [TestCase("submitted_time", "yesterday", "invalid_time")]
    [TestCase("submitted_time", "2026-01-02T03:04:05", "invalid_time")]
    [TestCase("submitted_time", "2999-01-02T03:04:05Z", "invalid_time")]
    [TestCase("status_callback_urls", "https://one.example", "invalid_callback")]
    [TestCase("subject_identities", "zanzibar", "missing_field")]
    [TestCase("api_version", "1.0", "unsupported_api_version")]
    public async Task A_field_that_is_wrong_is_named_and_its_value_is_not_repeated(string field, object value, string reason)
    {
        var request = JsonSerializer.Deserialize<Dictionary<string, object>>(JsonSerializer.Serialize(OpenDsr()))!;
        request[field] = value;

        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", JsonSerializer.Serialize(request));

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Reasons(answer), Does.Contain(reason));
        Assert.That(answer.ToString(), Does.Not.Contain(Canary));
    }

    [TestCase("passport_number", "raw", Canary, "unsupported_identity_type")]
    [TestCase("controller_customer_id", "sha256", Canary, "unsupported_identity_format")]
    [TestCase("controller_customer_id", "raw", "", "invalid_identity_value")]
    [TestCase("controller_customer_id", "raw", "a\u0000b", "invalid_identity_value")]
    public async Task An_identity_by_which_nobody_can_be_found_is_refused(string type, string format, string value, string reason)
    {
        var request = JsonSerializer.Deserialize<Dictionary<string, object>>(JsonSerializer.Serialize(OpenDsr()))!;
        request["subject_identities"] = new[] { new { identity_type = type, identity_format = format, identity_value = value } };

        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", JsonSerializer.Serialize(request));

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Reasons(answer), Does.Contain(reason));
    }

    [TestCase("ftp://one.example/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("https://user:pass@one.example/")]
    [TestCase("/relative")]
    public async Task A_callback_that_is_no_web_address_is_refused(string url)
    {
        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(callbacks: url));

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Reasons(answer), Is.EqualTo(new[] { "invalid_callback" }));
    }

    [TestCase("subject_request_id\":\"")]
    [TestCase("subject_request_type\":\"")]
    [TestCase("regulation\":\"")]
    [TestCase("submitted_time\":\"")]
    [TestCase("identity_type\":\"")]
    [TestCase("identity_value\":\"")]
    [TestCase("identity_format\":\"")]
    [TestCase("status_callback_urls\":[\"")]
    public async Task Text_that_is_none_is_refused_wherever_it_stands(string before)
    {
        var body = JsonSerializer.Serialize(OpenDsr(callbacks: "https://heard.example/"));
        var start = body.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var hostile = string.Concat(body.AsSpan(0, start), "\\ud800", body.AsSpan(body.IndexOf('"', start)));

        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", hostile);

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest), answer.ToString());
    }

    [Test]
    public async Task Bodies_and_lists_are_bounded()
    {
        var (large, _, first) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", new string(' ', 70_000));
        first.Dispose();
        var (many, answer, second) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr(callbacks: [.. Enumerable.Range(0, 11).Select(i => $"https://c{i}.example/")]));
        second.Dispose();
        var (deep, _, third) = await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", new string('[', 20_000));
        third.Dispose();

        Assert.That(large, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(many, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(Reasons(answer), Is.EqualTo(new[] { "too_many_callbacks" }));
        Assert.That(deep, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Nobody_without_the_server_key_may_ask_or_look()
    {
        using var asked = await Shop.Client.PostAsync("/opendsr/v2/requests", ShopServer.Json(OpenDsr()));
        using var looked = await Shop.Client.GetAsync($"/opendsr/v2/requests/{NewId()}");
        using var administered = await Shop.Client.GetAsync("/v1/privacy/requests");

        Assert.That(asked.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(looked.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(administered.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_unknown_request_is_not_found()
    {
        var (status, answer, response) = await SendAsync(HttpMethod.Get, $"/opendsr/v2/requests/{NewId()}");

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(Reasons(answer), Is.EqualTo(new[] { "unknown_request" }));
    }

    [Test]
    public async Task What_was_asked_stands_nowhere_on_disk_in_the_open()
    {
        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr())).Response.Dispose();
        await Shop.DisposeAsync();

        foreach (var file in Directory.GetFiles(Folder, "rights*"))
        {
            Assert.That(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), Does.Not.Contain(Canary), file);
        }

        await RestartAsync();
        var pending = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/privacy/requests?state=pending"));
        Assert.That(pending[0].GetProperty("identities").GetInt32(), Is.EqualTo(1));
    }

    private static IEnumerable<string?> Reasons(JsonElement answer) =>
        answer.GetProperty("error").GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("reason").GetString());

    private async Task<string?> StatusAsync(string id) =>
        JsonElement.Parse(await Shop.Server.GetStringAsync($"/opendsr/v2/requests/{id}")).GetProperty("request_status").GetString();
}
