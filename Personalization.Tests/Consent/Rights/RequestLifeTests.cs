using System.Net;
using System.Text.Json;
using NUnit.Framework;

namespace Personalization.Tests.Consent.Rights;

/// <summary>What may happen to a request before it begins.</summary>
[Parallelizable]
internal sealed class RequestLifeTests : RightsTests
{
    protected override string[] Arguments() => [.. base.Arguments(), "--Personalization:Rights:PendingSeconds=3600", "--Personalization:Rights:MaxOpen=3"];

    [Test]
    public async Task A_request_is_extended_once_and_with_a_reason()
    {
        var id = await NewRequestAsync();

        var (without, _, first) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/extend", new { reason = " " });
        var (extended, answer, second) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/extend", new { reason = "Many requests at once" });
        var (again, problem, third) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/extend", new { reason = "Still many" });
        first.Dispose();
        second.Dispose();
        third.Dispose();

        Assert.That((without, extended, again), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.Conflict)));
        Assert.That(answer.GetProperty("dueAt").GetDateTimeOffset(), Is.EqualTo(answer.GetProperty("receivedAt").GetDateTimeOffset().AddMonths(3)));
        Assert.That(answer.GetProperty("extensionReason").GetString(), Is.EqualTo("Many requests at once"));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:privacy/not-possible-now"));
    }

    [Test]
    public async Task A_refusal_has_a_reason_ends_the_request_and_is_told()
    {
        var id = await NewRequestAsync();

        var (status, answer, response) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/refuse", new { reason = "Manifestly excessive" });
        response.Dispose();
        var (late, _, second) = await SendAsync(HttpMethod.Delete, $"/v1/privacy/requests/{id}");
        second.Dispose();

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.GetProperty("state").GetString(), Is.EqualTo("refused"));
        Assert.That(late, Is.EqualTo(HttpStatusCode.Conflict));
        await UntilAsync(() => Task.FromResult(!Receiver.Calls.IsEmpty), () => "nobody was told");
        Assert.That(JsonElement.Parse(Receiver.Calls.Single().Body).GetProperty("refusal_reason").GetString(), Is.EqualTo("Manifestly excessive"));
        var (gone, _, third) = await SendAsync(HttpMethod.Get, $"/v1/privacy/requests/{id}/dry-run");
        third.Dispose();
        Assert.That(gone, Is.EqualTo(HttpStatusCode.Conflict), "the identities should be gone");
    }

    [Test]
    public async Task A_request_that_must_be_verified_first_does_not_begin()
    {
        await RestartAsync("--Personalization:Rights:PendingSeconds=0");
        var waiting = await NewRequestAsync("needed");
        var other = await NewRequestAsync();
        await UntilAsync(other, "completed");
        Assert.That((await RequestAsync(waiting)).GetProperty("state").GetString(), Is.EqualTo("pending"));

        var (status, _, response) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{waiting}/verify", new { result = "verified", method = "signed in to the account" });
        response.Dispose();

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        var done = await UntilAsync(waiting, "completed");
        Assert.That(done.GetProperty("verification").GetString(), Is.EqualTo("verified"));
    }

    [Test]
    public async Task A_verification_that_fails_refuses_the_request()
    {
        var id = await NewRequestAsync("needed");

        var (status, answer, response) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/verify", new { result = "failed", method = "no answer to the letter" });
        response.Dispose();
        var (again, _, second) = await SendAsync(HttpMethod.Post, $"/v1/privacy/requests/{id}/verify", new { result = "verified", method = "a second look" });
        second.Dispose();

        Assert.That((status, again), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Conflict)));
        Assert.That(answer.GetProperty("state").GetString(), Is.EqualTo("refused"));
    }

    [TestCase("gdpr", 31)]
    [TestCase("ccpa", 45)]
    public async Task The_term_is_that_of_the_regulation(string regulation, int mostDays)
    {
        var request = await CreateAsync(new { type = "access", regulation, identities = new[] { new { kind = "user_id", value = Canary } } });

        var term = request.GetProperty("dueAt").GetDateTimeOffset() - request.GetProperty("receivedAt").GetDateTimeOffset();

        Assert.That(term.TotalDays, Is.InRange(28, mostDays));
        Assert.That(regulation == "ccpa" ? term.TotalDays : 45, Is.EqualTo(45));
    }

    [Test]
    public async Task More_open_requests_than_allowed_are_turned_away()
    {
        for (var i = 0; i < 3; i++)
        {
            await NewRequestAsync();
        }

        var (status, problem, response) = await SendAsync(
            HttpMethod.Post, "/v1/privacy/requests", new { type = "erasure", identities = new[] { new { kind = "user_id", value = Canary } } });
        response.Dispose();

        Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:privacy/too-many-open"));
    }

    [TestCase("""{"type":"erasure"}""")]
    [TestCase("""{"type":"rectify","profileId":1}""")]
    [TestCase("""{"type":"erasure","profileId":-1}""")]
    [TestCase("""{"type":"erasure","profileId":"1"}""")]
    [TestCase("""{"type":"erasure","identities":[{"kind":"passport","value":"x"}]}""")]
    [TestCase("""{"type":"erasure","identities":[{"kind":"user_id","value":""}]}""")]
    [TestCase("""{"type":"erasure","identities":["zanzibar"]}""")]
    [TestCase("""{"type":"erasure","profileId":1,"verification":"maybe"}""")]
    [TestCase("""{"type":"erasure","profileId":1,"callbacks":["javascript:alert(1)"]}""")]
    [TestCase("not json")]
    public async Task What_cannot_be_understood_is_a_problem(string body)
    {
        var (status, problem, response) = await SendAsync(HttpMethod.Post, "/v1/privacy/requests", body);

        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:privacy/bad-request"));
    }

    [Test]
    public async Task An_unknown_request_is_a_problem_everywhere()
    {
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Get, "/dry-run"), (HttpMethod.Post, "/extend"), (HttpMethod.Post, "/refuse"), (HttpMethod.Get, "/certificate"),
        })
        {
            var (status, _, response) = await SendAsync(method, $"/v1/privacy/requests/{NewId()}{path}", method == HttpMethod.Post ? new { reason = "why" } : null);
            response.Dispose();
            Assert.That(status, Is.EqualTo(HttpStatusCode.NotFound), path);
        }
    }

    private async Task<string> NewRequestAsync(string verification = "by_controller")
    {
        var request = await CreateAsync(new
        {
            type = "erasure",
            verification,
            identities = new[] { new { kind = "user_id", value = Canary } },
            callbacks = new[] { Receiver.Url + "/heard" },
        });
        return request.GetProperty("id").GetString()!;
    }
}
