using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>The process ends in the midst of a person's request. The next one takes it up and finishes it.</summary>
[Parallelizable]
public class RightsKillTests
{
    private const string Canary = "zanzibar-canary-2112";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private TemporaryFolder _folder;
    private TemporaryFolder _faults;

    [SetUp]
    public void CreateFolders() => (_folder, _faults) = (new TemporaryFolder(), new TemporaryFolder());

    [TearDown]
    public void DeleteFolders()
    {
        _folder.Dispose();
        _faults.Dispose();
    }

    [TestCase("erasure", "count:1")]
    [TestCase("erasure", "erase:1")]
    [TestCase("erasure", "count:2")]
    [TestCase("access", "count:1")]
    [TestCase("access", "export:1")]
    public async Task A_request_goes_on_where_the_process_ended(string type, string when)
    {
        await File.WriteAllTextAsync(_faults.File("when"), when);
        string id;
        using (var host = await StartAsync())
        {
            await PlantAsync(host);
            id = await CreateAsync(host, type);
            await UntilAsync(async () => !await IsAliveAsync(host));
        }

        using var next = await StartAsync();
        var request = default(JsonElement);
        await UntilAsync(async () =>
            (request = JsonElement.Parse(await next.Server.GetStringAsync($"/v1/privacy/requests/{id}"))).GetProperty("state").GetString() == "completed");

        Assert.That(File.Exists(_faults.File("when")), Is.False, "the process did not end where it should");
        if (type == "erasure")
        {
            Assert.That(request.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetProperty("remaining").GetInt64()), Is.All.Zero);
            Assert.That(request.GetProperty("found").GetProperty("features/profiles").GetInt64(), Is.EqualTo(1));
            var shown = JsonElement.Parse(await next.Client.GetStringAsync($"/v1/recommendations/recently-viewed?userId={Canary}"));
            Assert.That(shown.Ids(), Is.Empty);
            Assert.That(await next.Server.GetStringAsync($"/v1/privacy/requests/{id}/certificate"), Does.Contain("\"isComplete\": true"));
        }
        else
        {
            var bundle = await next.Client.GetStringAsync(new Uri(request.GetProperty("export").GetProperty("link").GetString()!).PathAndQuery);
            Assert.That(JsonElement.Parse(bundle).GetProperty("events").GetArrayLength(), Is.EqualTo(1));
            Assert.That(Directory.GetFiles(Path.Combine(_folder.Path, "exports")), Has.Length.EqualTo(1));
        }
    }

    private Task<HostProcess> StartAsync() => HostProcess.StartPlantedAsync(
        _folder.Path,
        (PlantedStore.Variable, _faults.File("when")),
        ("Personalization__Rights__PendingSeconds", "0"),
        ("Personalization__Rights__PollSeconds", "1"),

        // The first decision of a process takes its time, and what is late is answered with what is popular.
        ("Personalization__Decisioning__Placements__recently-viewed__BudgetMs", "10000"));

    private static async Task PlantAsync(HostProcess host)
    {
        using var sent = await host.Client.PostAsync("/v1/track", ShopServer.Json(new
        {
            userId = Canary,
            @event = "Product Viewed",
            messageId = "m-1",
            properties = new { product_id = "tent" },
        }));
        sent.EnsureSuccessStatusCode();
        await UntilAsync(async () =>
        {
            using var found = await host.Server.GetAsync($"/v1/profiles/lookup?userId={Canary}");
            return found.IsSuccessStatusCode && JsonElement.Parse(await found.Content.ReadAsStringAsync()).GetProperty("counters").GetProperty("views").GetInt32() == 1;
        });
    }

    private static async Task<string> CreateAsync(HostProcess host, string type)
    {
        using var created = await host.Server.PostAsync(
            "/v1/privacy/requests", ShopServer.Json(new { type, identities = new[] { new { kind = "user_id", value = Canary } } }));
        created.EnsureSuccessStatusCode();
        return JsonElement.Parse(await created.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
    }

    private static async Task<bool> IsAliveAsync(HostProcess host)
    {
        try
        {
            using var response = await host.Client.GetAsync("/health/live");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var waited = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.That(waited.Elapsed, Is.LessThan(Patience), "it did not happen");
            await Task.Delay(50);
        }
    }
}
