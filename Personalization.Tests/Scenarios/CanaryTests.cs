using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Hashing;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>
/// A person with unusual strings comes in through every entrance there is, stands in checkpoints and through a restart, and is erased.
/// Then no file holds any of the strings, nor a keyed hash of an identifier.
/// </summary>
[Parallelizable]
internal sealed class CanaryTests
{
    private const string User = "uaxuctun-user-93";
    private const string Device = "uaxuctun-device-17";
    private const string SecondDevice = "uaxuctun-device-18";
    private const string Email = "uaxuctun.person@canary.example";
    private const string FirstName = "Itzamnaaj-canary";
    private const string OrderId = "uaxuctun-order-55";
    private const string Secret = "uaxuctun-property-zz";
    private const string Session = "uaxuctun-session-03";
    private const string Message = "uaxuctun-message-";

    private static readonly string[] Capture =
    [
        "--Personalization:Features:ChangeCapture:Tables:0:Table=public.customers",
        "--Personalization:Features:ChangeCapture:Tables:0:To=Traits",
        "--Personalization:Features:ChangeCapture:Tables:0:Key=id",
        "--Personalization:Features:ChangeCapture:Tables:0:Fields:firstName=first_name",
        "--Personalization:Log:CheckpointIntervalSeconds=1",
    ];

    private TemporaryFolder _folder;
    private ShopServer _shop;
    private int _messages;

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        _shop = await ShopServer.StartAsync(_folder.Path, Capture);
        _messages = 0;
    }

    [TearDown]
    public async Task StopShop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Nothing_of_an_erased_person_is_left_in_any_file()
    {
        var needles = Needles(_shop.Services.GetRequiredService<KeyHasher>());
        await PlantAsync();
        await _shop.SettleAsync();
        await RestartAsync();
        await PlantAsync();
        await _shop.SettleAsync();
        await _shop.TrackAsync("/v1/track", ShopEvents.View("ann", "stove", "ann-1"));
        await _shop.SettleAsync();

        // The control: the search finds each of them before.
        var before = DiskSearch.Find(_folder.Path, needles);
        foreach (var planted in new[] { User, Device, SecondDevice, Email, FirstName, OrderId, Secret, Session, Message })
        {
            Assert.That(before.Any(found => found.EndsWith(": " + planted, StringComparison.Ordinal)), $"{planted} was never there");
        }

        Assert.That(before, Has.Some.Contains("key of user").And.Some.Contains("key of device"));

        await EraseAsync($"userId={User}");

        // At once, with the host running, and once more when it has stopped in order.
        Assert.That(DiskSearch.Find(_folder.Path, needles), Is.Empty, "while the host runs");
        Assert.That((await _shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
        await PlantAsync();
        await _shop.SettleAsync();
        await RestartAsync();
        Assert.That((await _shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
        await _shop.DisposeAsync();
        Assert.That(DiskSearch.Find(_folder.Path, needles), Is.Empty, "after late events and a restart");
    }

    [Test]
    public async Task A_neighbour_in_the_same_request_keeps_their_own_and_loses_what_spoke_of_the_person()
    {
        var needles = DiskSearch.Texts(Email, Device);
        await _shop.TrackAsync("/v1/batch", new
        {
            batch = new object[] { ShopEvents.View(Device, "tent"), ShopEvents.View("ann", "stove"), new { anonymousId = "ann", bad = true } },
            context = new { traits = new { email = Email }, sessionId = "s-1" },
        });
        await _shop.SettleAsync();
        Assert.That(DiskSearch.Find(_folder.Path, needles), Is.Not.Empty);

        await EraseAsync($"anonymousId={Device}");
        await _shop.TrackAsync("/v1/batch", new
        {
            batch = new object[] { ShopEvents.View(Device, "lamp", "late"), ShopEvents.View("ann", "lamp") },
            context = new { traits = new { email = Email } },
        });
        await _shop.SettleAsync();

        Assert.That((await _shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "lamp", "stove" }));
        await _shop.DisposeAsync();
        Assert.That(DiskSearch.Find(_folder.Path, needles), Is.Empty);
    }

    private static Dictionary<string, byte[]> Needles(KeyHasher hasher)
    {
        var needles = DiskSearch.Texts(User, Device, SecondDevice, Email, FirstName, OrderId, Secret, Session, Message);
        DiskSearch.AddKey(needles, "user", hasher.Hash(KeySpace.UserId, Encoding.UTF8.GetBytes(User)));
        DiskSearch.AddKey(needles, "device", hasher.Hash(KeySpace.AnonymousId, Encoding.UTF8.GetBytes(Device)));
        DiskSearch.AddKey(needles, "second device", hasher.Hash(KeySpace.AnonymousId, Encoding.UTF8.GetBytes(SecondDevice)));
        return needles;
    }

    /// <summary>Through every entrance; also what is refused, repeated, or asked.</summary>
    private async Task PlantAsync()
    {
        await CallsAsync();
        await DialectsAsync();
        await ImportsAsync();
        await RefusedAsync();
        using var captured = await _shop.Server.PostAsync("/v1/cdc", ShopServer.Json(Customer(_messages++)));
        Assert.That(captured.StatusCode, Is.EqualTo(HttpStatusCode.OK), await captured.Content.ReadAsStringAsync());
        await _shop.RecommendAsync($"recently-viewed?anonymousId={Device}&userId={User}");
    }

    private async Task CallsAsync()
    {
        var identify = new { userId = User, anonymousId = Device, messageId = NextMessage(), traits = new { email = Email, firstName = FirstName } };
        await _shop.TrackAsync("/v1/identify", identify);
        await _shop.TrackAsync("/v1/identify", identify);
        await _shop.TrackAsync("/v1/alias", new { userId = User, previousId = SecondDevice, messageId = NextMessage() });
        await _shop.TrackAsync("/v1/page", new { anonymousId = SecondDevice, messageId = NextMessage(), properties = new { path = "/" + Secret } });
        await _shop.TrackAsync("/v1/screen", new { anonymousId = Device, messageId = NextMessage(), name = "Home", properties = new { note = Secret } });
        await _shop.TrackAsync("/v1/group", new { userId = User, groupId = "family", messageId = NextMessage(), traits = new { note = Secret } });
        await _shop.TrackAsync("/v1/track", Order());
        var batch = ShopEvents.Batch([Order(), ShopEvents.View(Device, "tent", NextMessage()), ShopEvents.View(SecondDevice, "lamp", NextMessage())]);
        await _shop.TrackAsync("/v1/batch", batch);
        using var gzip = Compressed(JsonSerializer.Serialize(ShopEvents.Batch([Order(), .. Enumerable.Range(0, 50).Select(i => ShopEvents.View(Device, $"item-{i}", NextMessage()))])));
        using var answer = await _shop.Client.PostAsync("/v1/batch", gzip);
        answer.EnsureSuccessStatusCode();

        object Order() => new
        {
            type = "track",
            @event = "Order Completed",
            userId = User,
            anonymousId = Device,
            messageId = NextMessage(),
            properties = new { order_id = OrderId, coupon = Secret, email = Email, total = 12, products = new[] { new { product_id = "tent", price = 12, quantity = 1 } } },
            context = new
            {
                sessionId = Session,
                traits = new { email = Email },
                consent = new { categoryPreferences = new Dictionary<string, bool> { ["advertising"] = true } },
            },
        };
    }

    private async Task DialectsAsync()
    {
        await _shop.TrackAsync("/capture", new
        {
            api_key = ShopServer.WriteKey, uuid = NextMessage(), @event = "Product Viewed", distinct_id = User, properties = new { product_id = "tent", note = Secret },
        });
        await _shop.TrackAsync("/com.snowplowanalytics.snowplow/tp2", new
        {
            schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
            data = new[] { new { e = "pv", eid = Guid.CreateVersion7().ToString(), duid = Device, uid = User, page = "Tent", url = "https://shop.example/" + Secret, aid = "shop" } },
        });
        var pixel = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new
        {
            writeKey = ShopServer.WriteKey, @event = "Mail Opened", userId = User, messageId = NextMessage(), properties = new { note = Secret },
        }));
        using var answer = await _shop.Client.GetAsync($"/v1/pixel/track?data={Uri.EscapeDataString(pixel)}");
        answer.EnsureSuccessStatusCode();
        using var plain = await _shop.Client.GetAsync(
            $"/v1/pixel/track?writeKey={ShopServer.WriteKey}&event=Mail+Opened&anonymousId={Device}&messageId={NextMessage()}&properties.note={Secret}");
        plain.EnsureSuccessStatusCode();
    }

    private async Task ImportsAsync()
    {
        var line = JsonSerializer.Serialize(new
        {
            type = "track", @event = "Product Viewed", userId = User, anonymousId = Device, timestamp = "2024-05-01T12:00:00Z", messageId = NextMessage(), properties = new { product_id = "tent", note = Secret },
        });
        await ImportAsync(line + "\n{\"userId\":\"" + User + "\",\"note\":\"" + Secret + "\"}\n", "application/x-ndjson");
        await ImportAsync($"userId,event,timestamp,properties.product_id,properties.note\n{User},Product Viewed,2024-05-01T12:00:00Z,tent,{Secret}\n", "text/csv");
    }

    private async Task RefusedAsync()
    {
        // An event without a type, a body that is no JSON, an unknown key, one that is too large and one without an id: each is a dead letter.
        using var invalid = await _shop.Client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch([new { userId = User, note = Secret, email = Email }])));
        using var broken = await _shop.Client.PostAsync("/v1/track", ShopServer.Json("{\"userId\":\"" + User + "\",\"email\":\"" + Email + "\",,"));

        // Nobody but for the e-mail says whose these are.
        using var nameless = await _shop.Client.PostAsync(
            "/v1/batch", ShopServer.Json(ShopEvents.Batch([new { type = "track", @event = "Newsletter Ordered", properties = new { email = Email.ToUpperInvariant(), note = Secret } }])));
        using var stranger = new HttpClient { BaseAddress = _shop.Client.BaseAddress };
        using var unknown = await stranger.PostAsync("/v1/track", ShopServer.Json(new { @event = "x", anonymousId = Device, note = Secret }));
        using var large = await _shop.Client.PostAsync("/v1/track", ShopServer.Json(new { @event = "x", anonymousId = Device, note = new string('x', 40_000) + Secret }));
        Assert.That(broken.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private async Task ImportAsync(string body, string type)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await _shop.Server.PostAsync("/v1/import?source=shop", content);
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Customer(int lsn) =>
        "{\"before\":null,\"after\":{\"id\":\"" + User + "\",\"first_name\":\"" + FirstName + "\"},\"source\":{\"name\":\"s\",\"db\":\"d\",\"schema\":\"public\",\"table\":\"customers\",\"lsn\":" +
        (100 + lsn) + ",\"ts_ms\":" + (100 + lsn) + "},\"op\":\"u\"}";

    private static ByteArrayContent Compressed(string json)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(json));
        }

        var content = new ByteArrayContent(target.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    private string NextMessage() => Message + _messages++;

    private async Task RestartAsync()
    {
        await _shop.DisposeAsync();
        _shop = await ShopServer.StartAsync(_folder.Path, Capture);
    }

    private async Task EraseAsync(string query)
    {
        var lookup = JsonElement.Parse(await _shop.Server.GetStringAsync($"/v1/profiles/lookup?{query}"));
        using var erased = await _shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");
        Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.OK), await erased.Content.ReadAsStringAsync());
    }
}
