using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Kernel.Http;

namespace Personalization.Tests.Conformance;

/// <summary>What a browser sees before it lets a page read an answer.</summary>
[Parallelizable]
internal sealed class CrossOriginTests
{
    private const string Origin = "https://shop.example";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ClientsServer _server;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await ClientsServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [TestCase("POST", "/v1/t", "{", 400)]
    [TestCase("POST", "/v1/t", "{\"event\":\"x\",\"userId\":\"u\"}", 401)]
    [TestCase("POST", "/v1/batch", "too large", 413)]
    [TestCase("POST", "/com.acme/tp2", "{\"data\":[]}", 401)]
    [TestCase("GET", "/v1/projects/nobody/settings", "", 401)]
    [TestCase("GET", "/analytics.js/v1/TEST_WRITE_KEY/analytics.min.js", "", 404)]
    [TestCase("GET", "/v1/recommendations/for-you", "", 401)]
    [TestCase("GET", "/v1/recommendations/for-you?writeKey=TEST_WRITE_KEY&anonymousId=a", "", 200)]
    public async Task A_page_may_read_the_answer_whatever_it_is(string method, string path, string body, int status)
    {
        var length = body == "too large" ? (5 << 20).ToString() : Encoding.UTF8.GetByteCount(body).ToString();

        var answer = await SendAsync(method, path, body == "too large" ? "" : body, ("Origin", Origin), ("Content-Length", length));

        Assert.That(answer!.Status, Is.EqualTo(status));
        AssertOpen(answer);
    }

    [TestCase("/v1/recommendations/for-you")]
    [TestCase("/v1/batch")]
    [TestCase("/v1/batch/")]
    [TestCase("/i")]
    [TestCase("/com.acme/tp2")]
    [TestCase("/sourceConfig/?writeKey=x")]
    public async Task A_preflight_gets_what_it_asks_for(string path)
    {
        var answer = await SendAsync(
            "OPTIONS", path, "", ("Origin", Origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,x-something-new"));

        Assert.That((answer!.Status, answer.Header("Access-Control-Allow-Headers"), answer.Header("Access-Control-Max-Age")), Is.EqualTo((204, "authorization,x-something-new", "7200")));
        AssertOpen(answer);
    }

    [TestCase("GET", "/v1/profiles/lookup?anonymousId=a")]
    [TestCase("OPTIONS", "/v1/profiles/lookup?anonymousId=a")]
    [TestCase("OPTIONS", "/v1/catalog/items")]
    [TestCase("PUT", "/v1/catalog/items")]
    [TestCase("GET", "/v1/log/summary")]
    [TestCase("OPTIONS", "/v1/log/summary")]
    [TestCase("GET", "/health/ready")]
    public async Task Administration_stays_closed_to_pages(string method, string path)
    {
        var answer = await SendAsync(
            method, path, "", ("Origin", Origin), ("Access-Control-Request-Method", "GET"), ("Authorization", "Bearer test-server-key"), ("Content-Length", "0"));

        Assert.That(answer!.Headers.Keys.Where(name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase)), Is.Empty);
    }

    [TestCase("null", true)]
    [TestCase("http://localhost:3000", true)]
    [TestCase("http://[::1]:3000", true)]
    [TestCase("chrome-extension://abcdef", true)]
    [TestCase("https://shop.example<script>", false)]
    [TestCase("https://shop.example, https://evil.example", false)]
    [TestCase("long", false)]
    [TestCase("", false)]
    public async Task Only_what_looks_like_an_origin_is_echoed(string origin, bool isEchoed)
    {
        var sent = origin == "long" ? "https://" + new string('x', 5_000) : origin;

        var answer = await SendAsync("OPTIONS", "/v1/t", "", ("Origin", sent));

        Assert.That((answer!.Status, answer.Header("Access-Control-Allow-Origin")), Is.EqualTo((204, isEchoed ? sent : null)));
    }

    [TestCase("https://a.example\rX-Evil: 1")]
    [TestCase("https://a.example\0")]
    [TestCase("https://sh\u00f6p.example")]
    [TestCase("https://a.example\r\nX-Evil: 1")]
    public async Task A_forged_origin_never_becomes_a_header_of_ours(string origin)
    {
        var answer = await SendAsync("OPTIONS", "/v1/t", "", ("Origin", origin), ("Access-Control-Request-Headers", "x\u00ff,<>"));

        Assert.That(answer!.Status, Is.EqualTo(400).Or.EqualTo(204));
        Assert.That(answer.Header("X-Evil"), Is.Null);
        Assert.That(answer.Header("Access-Control-Allow-Origin"), Is.Null.Or.EqualTo("https://a.example"));
        Assert.That(answer.Header("Access-Control-Allow-Headers"), Is.Null.Or.StartsWith("Authorization, Content-Type"));
    }

    [Test]
    public async Task Named_origins_shut_out_all_others()
    {
        await using var server = await ClientsServer.StartAsync("--Personalization:CrossOrigin:AllowedOrigins:0=https://shop.example");

        var own = await SendAsync("OPTIONS", "/v1/t", "", server, ("Origin", Origin), ("Access-Control-Request-Method", "POST"));
        var other = await SendAsync("OPTIONS", "/v1/t", "", server, ("Origin", "https://other.example"), ("Access-Control-Request-Method", "POST"));

        AssertOpen(own!);
        Assert.That((other!.Status, other.Header("Access-Control-Allow-Origin")), Is.EqualTo((204, default(string))));
    }

    [TestCase("shop.example")]
    [TestCase("https://shop.example/")]
    [TestCase("*")]
    public void What_is_no_origin_cannot_be_configured(string origin)
    {
        var error = Assert.ThrowsAsync<OptionsValidationException>(() => ClientsServer.StartAsync("--Personalization:CrossOrigin:AllowedOrigins:0=" + origin));

        Assert.That(error!.Message, Does.Contain("https://shop.example"));
    }

    [Test]
    public async Task A_page_may_also_read_that_we_are_busy_or_broken()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<CrossOrigin>().AddProblemDetails();
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.MapGet("/broken", (RequestDelegate)(_ => throw new InvalidOperationException("broken"))).AllowCrossOrigin();
        app.MapGet("/busy", (RequestDelegate)(context => new Problem("x", "busy", 429).WriteAsync(context, null, 2))).AllowCrossOrigin();
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        var broken = await SendAsync("GET", "/broken", "", address, ("Origin", Origin));
        var busy = await SendAsync("GET", "/busy", "", address, ("Origin", Origin));

        Assert.That((broken!.Status, busy!.Status, busy.Header("Retry-After")), Is.EqualTo((500, 429, "2")));
        AssertOpen(broken);
        AssertOpen(busy);
    }

    private static void AssertOpen(RawAnswer answer)
    {
        Assert.That(
            (answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials"),
                answer.Header("Access-Control-Expose-Headers"), answer.Header("Vary")),
            Is.EqualTo((Origin, "true", "Retry-After", "Origin")));
    }

    private Task<RawAnswer?> SendAsync(string method, string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body, _server, headers);

    private static Task<RawAnswer?> SendAsync(string method, string path, string body, ClientsServer server, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, body, server.Address, headers);

    private static async Task<RawAnswer?> SendAsync(string method, string path, string body, Uri address, params (string Name, string Value)[] headers)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var connection = await RawConnection.OpenAsync(address, patience.Token);
        var wire = RecordedRequest.WireOf(method, path, [("Host", "collect.example"), .. headers, ("Connection", "close")], Encoding.UTF8.GetBytes(body));
        return await connection.SendAsync(wire, method != "HEAD", patience.Token);
    }
}
