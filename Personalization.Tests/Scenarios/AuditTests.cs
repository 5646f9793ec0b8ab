using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NUnit.Framework;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Who did what, over HTTP.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AuditTests : IDisposable
{
    private static readonly string[] Keys =
    [
        "--Personalization:ServerKeys:1:Name=anna", "--Personalization:ServerKeys:1:Key=annas-key",
        "--Personalization:ServerKeys:2:Name=otto", "--Personalization:ServerKeys:2:Key=ottos-key", "--Personalization:ServerKeys:2:Roles:0=auditor",
        "--Personalization:ServerKeys:3:Name=rita", "--Personalization:ServerKeys:3:Key=ritas-key", "--Personalization:ServerKeys:3:Roles:0=reader",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_change_is_in_the_log_with_its_key_route_and_status()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path, Keys);

        using var done = await SendAsync(shop, "annas-key", HttpMethod.Put, "/v1/schemas/Audited%20Event/versions", """{"type":"object"}""");
        using var refused = await SendAsync(shop, "ritas-key", HttpMethod.Delete, "/v1/schemas/Audited%20Event");

        var entries = (await ListAsync(shop, "?limit=2")).GetProperty("entries");
        Assert.Multiple(() =>
        {
            Assert.That(done.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(entries[1].GetProperty("action").GetString(), Is.EqualTo("http.put"));
            Assert.That(entries[1].GetProperty("actor").GetString(), Is.EqualTo("anna"));
            Assert.That(entries[1].GetProperty("subject").GetString(), Is.EqualTo("/v1/schemas/{event}/versions"));
            Assert.That(entries[1].GetProperty("detail").GetString(), Is.EqualTo("""{"route":{"event":"Audited Event"},"status":201}"""));
            Assert.That(entries[0].GetProperty("actor").GetString(), Is.EqualTo("rita"));
            Assert.That(entries[0].GetProperty("detail").GetString(), Does.Contain("403"));
        });
    }

    [Test]
    public async Task Strangers_and_readers_leave_nothing()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path, Keys);

        using var stranger = await SendAsync(shop, "wrong", HttpMethod.Delete, "/v1/profiles/1");
        using var read = await SendAsync(shop, "annas-key", HttpMethod.Get, "/v1/schemas");

        Assert.That(stranger.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await ListAsync(shop)).GetProperty("entries").GetArrayLength(), Is.Zero);
    }

    /// <summary>Calls every endpoint that there is with invented values: whatever it answers, it is audited if it may change something.</summary>
    [Test]
    public async Task Every_endpoint_that_changes_something_with_a_server_key_is_audited()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);
        var endpoints = shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RequiresServerKey>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods, (endpoint, method) => (endpoint, method))
            .Where(pair => !HttpMethods.IsGet(pair.method) && !HttpMethods.IsHead(pair.method))
            .ToList();
        var log = shop.Services.GetRequiredService<AuditLog>();

        foreach (var (endpoint, method) in endpoints)
        {
            var before = log.Head.Sequence;
            using var answer = await SendAsync(shop, ShopServer.ServerKey, new HttpMethod(method), PathOf(endpoint), "{}");
            var entries = shop.Services.GetRequiredService<AuditReader>().Oldest(AuditQuery.Everything, before, 10);

            Assert.That(
                entries.Count(entry => entry.Record.Action == "http." + method.ToLowerInvariant() && entry.Record.Subject == endpoint.RoutePattern.RawText),
                Is.EqualTo(1),
                $"{method} {endpoint.RoutePattern.RawText} answered {(int)answer.StatusCode}");
        }

        Assert.That(endpoints, Has.Count.GreaterThan(15));
        Assert.That((await VerifyAsync(shop)).GetProperty("isIntact").GetBoolean(), Is.True);
    }

    [Test]
    public async Task A_text_in_the_route_that_may_be_a_persons_is_only_a_hash()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);

        using var answer = await SendAsync(shop, ShopServer.ServerKey, HttpMethod.Delete, "/v1/imports/anna.canary@example.com");

        var detail = (await ListAsync(shop)).GetProperty("entries")[0].GetProperty("detail").GetString();
        Assert.That(detail, Does.Not.Contain("canary").And.Contain("\"#"));
    }

    [Test]
    public async Task An_action_whose_entry_cannot_be_written_does_not_look_done()
    {
        await using var shop = await ShopServer.StartWithAsync(
            _folder.Path, services => services.Replace(ServiceDescriptor.Singleton<IAuditLog>(new FullDisk())));

        using var answer = await SendAsync(shop, ShopServer.ServerKey, HttpMethod.Put, "/v1/schemas/E/versions", """{"type":"object"}""");

        Assert.That((int)answer.StatusCode, Is.GreaterThanOrEqualTo(500));
    }

    [Test]
    public async Task An_endpoint_that_throws_is_audited_as_a_failure()
    {
        await using var shop = await ShopServer.StartAsync(
            _folder.Path, app => app.MapPost("/v1/test/throws", (RequestDelegate)Throw).RequireServerKey());

        using var answer = await SendAsync(shop, ShopServer.ServerKey, HttpMethod.Post, "/v1/test/throws", "{}");

        var newest = (await ListAsync(shop)).GetProperty("entries")[0];
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.InternalServerError));
        Assert.That(newest.GetProperty("detail").GetString(), Does.Contain("500"));
    }

    [Test]
    public async Task The_log_is_read_in_pages_filtered_and_exported()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path, Keys);
        var log = shop.Services.GetRequiredService<IAuditLog>();
        for (var i = 0; i < 25; i++)
        {
            await log.AppendAsync(new AuditRecord(i % 5 == 0 ? "privacy.erase" : "test.other", i % 2 == 0 ? "anna" : "bert", $"profile:{i}"));
        }

        var first = await ListAsync(shop, "?limit=10");
        var second = await ListAsync(shop, $"?limit=10&before={first.GetProperty("next").GetInt64()}");
        var erasures = await ListAsync(shop, "?action=privacy.*&actor=anna");
        var export = await shop.Server.GetStringAsync("/v1/audit/export");
        var later = await ListAsync(shop, "?from=2100-01-01T00:00:00Z");
        using var wrong = await shop.Server.GetAsync("/v1/audit?from=yesterday");

        var lines = export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Sequences(first), Is.EqualTo(Enumerable.Range(16, 10).Reverse()));
            Assert.That(Sequences(second), Is.EqualTo(Enumerable.Range(6, 10).Reverse()));
            Assert.That(Sequences(erasures), Is.EqualTo(new[] { 21, 11, 1 }));
            Assert.That(later.GetProperty("entries").GetArrayLength(), Is.Zero);
            Assert.That(wrong.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(lines, Has.Count.EqualTo(25));
            Assert.That(lines.Zip(lines.Skip(1)), Is.All.Matches<(JsonElement Before, JsonElement After)>(
                pair => pair.After.GetProperty("previousHash").GetString() == pair.Before.GetProperty("hash").GetString()));
            Assert.That(lines[^1].GetProperty("hash").GetString(), Is.EqualTo(first.GetProperty("head").GetProperty("hash").GetString()));
        });
    }

    [Test]
    public async Task An_auditor_reads_the_audit_log_and_nothing_else()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path, Keys);

        using var audit = await SendAsync(shop, "ottos-key", HttpMethod.Get, "/v1/audit");
        using var schemas = await SendAsync(shop, "ottos-key", HttpMethod.Get, "/v1/schemas");
        using var change = await SendAsync(shop, "ottos-key", HttpMethod.Delete, "/v1/profiles/1");

        Assert.That(
            new[] { audit.StatusCode, schemas.StatusCode, change.StatusCode },
            Is.EqualTo(new[] { HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden }));
    }

    [Test]
    public async Task A_log_that_is_tampered_with_while_the_host_runs_is_found_and_stays_so_after_a_restart()
    {
        await using (var shop = await ShopServer.StartAsync(_folder.Path))
        {
            for (var i = 0; i < 4; i++)
            {
                using var answer = await SendAsync(shop, ShopServer.ServerKey, HttpMethod.Delete, "/v1/profiles/1");
            }

            Tamper("DROP TRIGGER kernel_audit_no_delete; DELETE FROM kernel_audit WHERE sequence = 2");
            var verdict = await VerifyAsync(shop);
            Assert.That(verdict.GetProperty("isIntact").GetBoolean(), Is.False);
            Assert.That(verdict.GetProperty("fault").GetString(), Does.Contain("Entry 2 is missing"));
        }

        await using var again = await ShopServer.StartAsync(_folder.Path);
        Assert.That((await VerifyAsync(again)).GetProperty("isIntact").GetBoolean(), Is.False);
    }

    private static Task Throw(HttpContext context) => throw new InvalidOperationException("Planted.");

    private static string PathOf(RouteEndpoint endpoint)
    {
        var path = new StringBuilder();
        foreach (var segment in endpoint.RoutePattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { ParameterPolicies: [{ Content: "guid" }, ..] } => Guid.Empty.ToString(),
                    _ => "999999",
                });
            }
        }

        return path.ToString();
    }

    private static async Task<HttpResponseMessage> SendAsync(ShopServer shop, string key, HttpMethod method, string path, string? json = null)
    {
        using var client = new HttpClient { BaseAddress = shop.Server.BaseAddress };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Content = json is null ? null : ShopServer.Json(json);
        return await client.SendAsync(request);
    }

    private static async Task<JsonElement> ListAsync(ShopServer shop, string query = "") =>
        JsonElement.Parse(await shop.Server.GetStringAsync("/v1/audit" + query));

    private static async Task<JsonElement> VerifyAsync(ShopServer shop) => JsonElement.Parse(await shop.Server.GetStringAsync("/v1/audit/verify"));

    private static IEnumerable<int> Sequences(JsonElement page) =>
        page.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("sequence").GetInt32());

    private void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "audit.db")};Pooling=False");
        connection.Open();
#pragma warning disable CA2100 // The statements stand in this file.
        using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100 // End of the exception above.
        command.ExecuteNonQuery();
    }

    private sealed class FullDisk : IAuditLog
    {
        public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default) => throw new IOException("Planted: the disk is full.");
    }
}
