using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Rights;

/// <summary>People's requests over HTTP, to a whole application on a folder of the test's own.</summary>
[Parallelizable]
internal abstract class RightsTests
{
    protected const string Canary = "zanzibar-canary-5150";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private TemporaryFolder _folder = null!;

    protected ShopServer Shop { get; private set; } = null!;

    protected Receiver Receiver { get; private set; } = null!;

    protected string Folder => _folder.Path;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        Receiver = await Receiver.StartAsync();
        Shop = await ShopServer.StartAsync(_folder.Path, Arguments());
    }

    [TearDown]
    public async Task StopAsync()
    {
        await Shop.DisposeAsync();
        await Receiver.DisposeAsync();
        _folder.Dispose();
    }

    protected async Task RestartAsync(params string[] arguments)
    {
        await Shop.DisposeAsync();
        Shop = await ShopServer.StartAsync(_folder.Path, [.. Arguments(), .. arguments]);
    }

    /// <summary>Starts over with services of the test.</summary>
    protected async Task StartOnAsync(Action<Microsoft.Extensions.DependencyInjection.IServiceCollection> services)
    {
        await Shop.DisposeAsync();
        Shop = await ShopServer.StartWithAsync(_folder.Path, services, Arguments());
    }

    /// <summary>Settings of the fixture, later ones win.</summary>
    protected virtual string[] Arguments() =>
    [
        "--Personalization:Rights:PendingSeconds=0",
        "--Personalization:Rights:PollSeconds=1",
        "--Personalization:Rights:BackoffSeconds=1",
        "--Personalization:Rights:AllowPrivateNetworks=true",
        "--Personalization:Rights:ProcessorDomain=shop.example",
    ];

    protected static object OpenDsr(string type = "erasure", string? id = null, string identity = Canary, params string[] callbacks) => new
    {
        regulation = "gdpr",
        subject_request_id = id ?? NewId(),
        subject_request_type = type,
        subject_identities = new[] { new { identity_type = "controller_customer_id", identity_value = identity, identity_format = "raw" } },
        submitted_time = "2026-01-02T03:04:05Z",
        status_callback_urls = callbacks,
    };

    private static int _lastId;

    protected static string NewId() => $"00000000-0000-4000-8000-{Interlocked.Increment(ref _lastId):x12}";

    /// <summary>A known shopper with a device, a neighbour, and a refused event.</summary>
    protected async Task PlantAsync()
    {
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([
            ShopEvents.View(Canary + "-device", "tent"),
            ShopEvents.Identify(Canary, Canary + "-device"),
            ShopEvents.View("ann", "stove")]));
        using var refused = await Shop.Client.PostAsync("/v1/track", ShopServer.Json(new { userId = Canary }));
        Assert.That(refused.IsSuccessStatusCode, Is.False);
        await Shop.SettleAsync();
    }

    protected async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseMessage Response)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : ShopServer.Json(body) };
        var response = await Shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonElement.Parse(text) : default, response);
    }

    protected async Task<JsonElement> CreateAsync(object body)
    {
        var (status, answer, response) = await SendAsync(HttpMethod.Post, "/v1/privacy/requests", body);
        response.Dispose();
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created), answer.ToString());
        return answer;
    }

    protected async Task<JsonElement> RequestAsync(string id) => JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/privacy/requests/{id}"));

    protected async Task<JsonElement> UntilAsync(string id, string state)
    {
        var answer = default(JsonElement);
        await UntilAsync(async () => (answer = await RequestAsync(id)).GetProperty("state").GetString() == state, () => $"{id} is {answer}");
        return answer;
    }

    protected static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> otherwise)
    {
        var waited = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.That(waited.Elapsed, Is.LessThan(Patience), otherwise);
            await Task.Delay(50);
        }
    }

    /// <summary>Whether a signature is of the key whose certificate the discovery document leads to.</summary>
    protected async Task<bool> IsSignedAsync(byte[] body, string signature)
    {
        var discovery = JsonElement.Parse(await Shop.Client.GetStringAsync("/opendsr/discovery"));
        var pem = await Shop.Client.GetStringAsync(discovery.GetProperty("processor_certificate").GetString());
        using var certificate = X509Certificate2.CreateFromPem(pem);
        using var ecdsa = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        var bytes = Convert.FromBase64String(signature);
        return ecdsa?.VerifyData(body, bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) ??
            rsa!.VerifyData(body, bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    protected static string Signature(HttpResponseMessage response) => response.Headers.GetValues("X-OpenDSR-Signature").Single();
}
