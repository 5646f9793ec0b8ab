using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Faults;

/// <summary>
/// Kills the process at random moments under load, again and again. Clients do what real ones do: what was not
/// acknowledged is sent again with the same message id.
/// </summary>
[Parallelizable]
public class KillTests
{
    private const int Kills = 8;
    private const int Senders = 4;
    private const int Shoppers = 100;
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Every_acknowledged_event_is_in_the_log_once_and_counts_once_after_any_number_of_kills()
    {
        var load = new Load(seed: 20_26);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(_folder.Path);
            var sending = load.SendAsync(host.Client);
            await Task.Delay(load.Chance.Next(50, 900));
            await host.KillAsync();
            await sending;
        }

        using (var host = await HostProcess.StartAsync(_folder.Path))
        {
            await load.SendRestAsync(host.Client);
            await host.KillAsync();
        }

        Assert.That(load.AcknowledgedAtOnce, Is.Not.Empty, "the test sent nothing");
        await AssertLogAsync(load);
        await AssertFeaturesAsync(load);
    }

    private async Task AssertLogAsync(Load load)
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);
        var stored = new Dictionary<string, int>(StringComparer.Ordinal);
        var log = shop.Services.GetRequiredService<LogReplay>();
        await foreach (var entry in log.ReadAsync(0, shop.Services.GetRequiredService<LogTail>().CommittedOffset, CancellationToken.None))
        {
            for (var i = 0; entry is EventBatch batch && i < batch.EventCount; i++)
            {
                var id = System.Text.Encoding.UTF8.GetString(batch[i].Text(batch[i].MessageId));
                stored[id] = stored.GetValueOrDefault(id) + 1;
            }

            entry.Release();
        }

        Assert.That(load.Sent.Keys.Where(id => !stored.ContainsKey(id)), Is.Empty, "acknowledged and lost");
        Assert.That(load.AcknowledgedAtOnce.Keys.Where(id => stored[id] != 1), Is.Empty, "sent once and stored more often");
    }

    private async Task AssertFeaturesAsync(Load load)
    {
        var (lived, views) = await DigestsAsync(_folder.Path);
        Assert.That(views, Is.EqualTo(load.Sent.Values.CountBy(shopper => shopper).ToDictionary()), "each event counts exactly once");

        using var fresh = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(_folder.Path, "log.db*"))
        {
            File.Copy(file, fresh.File(Path.GetFileName(file)));
        }

        var (recomputed, _) = await DigestsAsync(fresh.Path);
        Assert.That(recomputed, Is.EqualTo(lived), "the features differ from a recomputation from the log");
    }

    private static async Task<(Dictionary<string, string> Digests, Dictionary<string, int> Views)> DigestsAsync(string folder)
    {
        await using var shop = await ShopServer.StartAsync(folder);
        var store = shop.Services.GetRequiredService<ProfileFeatureStore>();
        var directory = shop.Services.GetRequiredService<IProfileDirectory>();
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        var views = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Shoppers; i++)
        {
            var profile = directory.Find(default, Load.Shopper(i));
            if (profile >= 0)
            {
                digests[Load.Shopper(i)] = Convert.ToHexString(store.Digest(profile));
                var answer = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={Load.Shopper(i)}"));
                views[Load.Shopper(i)] = answer.GetProperty("counters").GetProperty("views").GetInt32();
            }
        }

        return (digests, views);
    }

    /// <summary>Senders that count what they sent and what was acknowledged.</summary>
    private sealed class Load(int seed)
    {
        private readonly ConcurrentQueue<string[]> _unacknowledged = [];
        private int _number;

        public Random Chance { get; } = new(seed);

        /// <summary>Message id to shopper, of everything that was ever sent.</summary>
        public ConcurrentDictionary<string, string> Sent { get; } = new(StringComparer.Ordinal);

        public ConcurrentDictionary<string, bool> AcknowledgedAtOnce { get; } = new(StringComparer.Ordinal);

        public static string Shopper(int number) => $"shopper-{number}";

        public Task SendAsync(HttpClient client) => Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            while (await SendOneAsync(client, Next(), isFirst: true))
            {
            }
        })));

        public async Task SendRestAsync(HttpClient client)
        {
            while (_unacknowledged.TryDequeue(out var ids))
            {
                Assert.That(await SendOneAsync(client, ids, isFirst: false), "the last host answers everything");
            }
        }

        private string[] Next()
        {
            var number = Interlocked.Increment(ref _number);
            var ids = Enumerable.Range(0, number % 3 == 0 ? 40 : 1).Select(i => $"message-{number}-{i}").ToArray();
            for (var i = 0; i < ids.Length; i++)
            {
                Sent[ids[i]] = Shopper((number + i) % Shoppers);
            }

            return ids;
        }

        private async Task<bool> SendOneAsync(HttpClient client, string[] ids, bool isFirst)
        {
            try
            {
                var events = ids.Select(id => ShopEvents.View(Sent[id], $"item-{id.Length}-{id[^1]}", id)).ToArray();
                var (path, body) = ids.Length == 1 ? ("/v1/track", events[0]) : ("/v1/batch", ShopEvents.Batch(events));
                using var response = await client.PostAsync(path, ShopServer.Json(body));
                if (response.IsSuccessStatusCode)
                {
                    foreach (var id in isFirst ? ids : [])
                    {
                        AcknowledgedAtOnce[id] = true;
                    }

                    return true;
                }
            }
            catch (HttpRequestException)
            {
                // Killed in mid-request: nobody knows whether it was stored, so it is sent again later.
            }

            _unacknowledged.Enqueue(ids);
            return false;
        }
    }
}
