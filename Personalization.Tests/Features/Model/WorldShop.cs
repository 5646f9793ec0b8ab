using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Support;
using Personalization.Tests.Tracking.Clock;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tests.Features.Model;

/// <summary>A whole application that lives through a world: spoken with over HTTP, its clock moved by hand, killed as the world says.</summary>
internal sealed class WorldShop : IAsyncDisposable
{
    /// <summary>What is due is treated by one tick, or by a few when that makes others due.</summary>
    private const int MaxTicks = 100;

    private readonly List<TemporaryFolder> _folders = [new()];
    private readonly ManualClock _clock = new(ConditionMaker.StartMs);
    private readonly string[] _arguments;
    private int _imports;

    private WorldShop(World world) => _arguments =
    [
        // Ticks come when the test looks for what is due, and at no other time.
        ShopServer.WithoutTicks,
        $"--Personalization:Tracking:Partitions={world.Partitions}",

        // Nor is anything written down but when the world says so: what is copied for a kill is as it was at one moment.
        "--Personalization:Log:CheckpointIntervalSeconds=3600",
        "--Personalization:Features:History:Properties:0=colour",
        "--Personalization:Features:History:Properties:1=size",
        "--Personalization:Features:History:Properties:2=context.device.type",
    ];

    public ShopServer Shop { get; private set; } = null!;

    public long NowMs => _clock.NowMs;

    public ISegments Segments => Shop.Services.GetRequiredService<ISegments>();

    public static async Task<WorldShop> StartAsync(World world)
    {
        var shop = new WorldShop(world);
        await shop.OpenAsync();
        await shop.CallAsync(HttpMethod.Put, "/v1/lists/" + Uploads.Name, "{}");
        return shop;
    }

    public int ProfileOf(string? user, string? anonymous) => Shop.Services.GetRequiredService<IProfileDirectory>().Find(user, anonymous);

    public async Task SendAsync(IEnumerable<SentEvent> events)
    {
        await Shop.TrackAsync("/v1/batch", new JsonObject { ["batch"] = new JsonArray([.. events.Select(Json)]) }.ToJsonString());
        await Shop.SettleAsync();
    }

    public async Task ImportAsync(IEnumerable<SentEvent> events)
    {
        using var content = new StringContent(string.Concat(events.Select(sent => Json(sent).ToJsonString() + "\n")), Encoding.UTF8, "application/x-ndjson");
        using var response = await Shop.Server.PostAsync($"/v1/import?id=past-{_imports++}&source=shop", content);
        response.EnsureSuccessStatusCode();
        await Shop.SettleAsync();
    }

    public async Task UploadAsync(Uploads uploaded)
    {
        var members = new JsonArray([.. uploaded.Users.Select(user => new JsonObject { ["userId"] = user })]);
        await CallAsync(HttpMethod.Post, $"/v1/lists/{Uploads.Name}/members?mode={uploaded.Mode}", members.ToJsonString());
        await Shop.SettleAsync();
    }

    public async Task PassAsync(long ms)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(ms));
        for (var ticks = 0; await Shop.Services.GetRequiredService<ClockTicker>().LookAsync(); ticks++)
        {
            await Shop.SettleAsync();
            if (ticks == MaxTicks)
            {
                throw new TimeoutException("Something is due again and again, at a time that has come already.");
            }
        }

        await Shop.SettleAsync();
    }

    /// <summary>Features are taken in and live, with all that was before them.</summary>
    public async Task DeclareAsync(IEnumerable<FeatureSpec> specs)
    {
        var registry = Shop.Services.GetRequiredService<FeatureRegistry>();
        foreach (var group in specs.GroupBy(spec => spec.Parts is not null).OrderBy(group => group.Key).Select(group => group.ToList()))
        {
            foreach (var spec in group)
            {
                await CallAsync(HttpMethod.Put, "/v1/features/" + spec.Id, spec.Json().ToJsonString());
            }

            for (var look = 0; group.Exists(spec => registry.Current.Find(spec.Id) is var number && (number < 0 || registry.Current.Live[number] is null)); look++)
            {
                if (look == 1_000)
                {
                    throw new TimeoutException($"{string.Join(", ", group)} did not become live.");
                }

                await Task.Delay(10);
            }
        }

        await Shop.SettleAsync();
    }

    public async Task BuildAsync(FunnelDefinition funnel)
    {
        await CallAsync(HttpMethod.Put, "/v1/funnels/" + funnel.Id, FunnelJson.Write(funnel).ToJsonString());
        await Shop.SettleAsync();
    }

    /// <summary>An administrator merges or parts people.</summary>
    public async Task ChangeAsync(int profileId, string verb, JsonObject body)
    {
        body["reason"] = "the world says so";
        await CallAsync(HttpMethod.Post, $"/v1/profiles/{profileId}/{verb}", body.ToJsonString());
        await Shop.SettleAsync();

        // Who they are now is asked by the next tick, which comes at once: no event brings it.
        await PassAsync(0);
    }

    /// <summary>Items that somebody did something with.</summary>
    public IEnumerable<string> Items => Enumerable.Range(0, 4).Select(item => $"item-{item}").Where(item => Shop.Services.GetRequiredService<ICatalog>().Find(item) >= 0);

    public IReadOnlyList<object?> ValuesOf(FeatureSpec spec, string item) => ValuesOf(spec, Shop.Services.GetRequiredService<ICatalog>().Find(item));

    public IReadOnlyList<object?> ValuesOf(FeatureSpec spec, int key)
    {
        var (registry, values, texts) = (Shop.Services.GetRequiredService<FeatureRegistry>(), Shop.Services.GetRequiredService<FeatureValues>(), Shop.Services.GetRequiredService<IValueTexts>());
        var version = registry.Current.Live[registry.Current.Find(spec.Id)]!;
        var text = new byte[Scalar.MaxTextBytes];
        if (spec.Aggregate != "last_n")
        {
            return [ValueOf(values.Read(version, key, NowMs, text, out _), text)];
        }

        var listed = new List<ListedValue>();
        version.Aggregate!.List(values.StateOf(version, key), values.ReadTimeOf(version, key, NowMs), listed);
        return [.. listed.Select(each => ValueOf(EncodedValue.ToScalar(each.Value, texts, text), text))];
    }

    public int StageOf(string funnel, int profileId)
    {
        var facts = new ProfileFacts();
        Shop.Services.GetRequiredService<IProfileHistory>().TryRead(profileId, facts);
        return Shop.Services.GetRequiredService<FunnelRegistry>().Live(funnel)!.StandingAt(facts, NowMs).Stage;
    }

    private static object? ValueOf(Scalar value, byte[] text) => value.Kind switch
    {
        ScalarKind.Number => value.AsNumber,
        ScalarKind.Text => Encoding.UTF8.GetString(value.TextIn(text)),
        ScalarKind.True or ScalarKind.False => value.Kind == ScalarKind.True,
        _ => null,
    };

    public async Task DefineAsync(Defines defined)
    {
        var body = new JsonObject { ["condition"] = ConditionJson.Write(defined.Condition) };
        await CallAsync(HttpMethod.Put, $"/v1/segments/{defined.Segment}{(defined.IsActivated ? "?activate=true" : "")}", body.ToJsonString());
        var roster = Shop.Services.GetRequiredService<SegmentRoster>();
        for (var look = 0; ; look++)
        {
            if (roster.Set is var set && set.Find(defined.Segment) is var number and >= 0
                && set.Segments[number].Live is not null && set.Segments[number].Prepared.All(version => version.IsFilled))
            {
                break;
            }

            if (look == 1_000)
            {
                throw new TimeoutException($"{defined.Segment} did not become ready.");
            }

            await Task.Delay(10);
        }

        await Shop.SettleAsync();
    }

    /// <returns>The version that is live then, which may have got a number of its own.</returns>
    public async Task<int> ActivateAsync(string segment, int version)
    {
        var answer = await CallAsync(HttpMethod.Post, $"/v1/segments/{segment}/versions/{version}/activate");
        await Shop.SettleAsync();
        return answer.GetProperty("version").GetInt32();
    }

    public async Task DeleteAsync(string segment)
    {
        await CallAsync(HttpMethod.Delete, "/v1/segments/" + segment);
        await Shop.SettleAsync();
    }

    /// <summary>Writes all state down.</summary>
    public Task CheckpointAsync()
    {
        var sequencer = Shop.Services.GetRequiredService<Sequencer>();
        return sequencer.AtRestAsync(sequencer.CheckpointAtRestAsync, CancellationToken.None);
    }

    public async Task RestartAsync(RestartKind kind)
    {
        if (kind == RestartKind.InOrder)
        {
            await Shop.DisposeAsync();
            await OpenAsync();
            return;
        }

        // What is on disk while it runs is what a killed process leaves behind: nothing is written then.
        var (before, after) = (_folders[^1], new TemporaryFolder());
        foreach (var file in Directory.GetFiles(before.Path).Where(file => Path.GetExtension(file) != ".lock"))
        {
            if (kind == RestartKind.Killed || Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal))
            {
                File.Copy(file, after.File(Path.GetFileName(file)));
            }
        }

        _folders.Add(after);
        await Shop.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>All that the feed keeps, oldest first.</summary>
    public async Task<List<(string Id, ToldChange Change)>> ChangesAsync()
    {
        var changes = new List<(string Id, ToldChange Change)>();
        for (var after = ""; ;)
        {
            var page = await CallAsync(HttpMethod.Get, $"/v1/segments/changes?limit=1000&after={Uri.EscapeDataString(after)}");
            changes.AddRange(page.GetProperty("changes").EnumerateArray().Select(change => (change.GetProperty("id").GetString()!, new ToldChange(
                change.GetProperty("segment").GetString()!,
                change.GetProperty("version").GetInt32(),
                change.GetProperty("profileId").GetInt32(),
                change.GetProperty("isMember").GetBoolean(),
                change.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds(),
                Enum.Parse<MembershipCause>(change.GetProperty("cause").ToString(), ignoreCase: true)))));
            var next = page.GetProperty("next").GetString()!;
            if (next == after)
            {
                return changes;
            }

            after = next;
        }
    }

    public async Task<JsonElement> CallAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : ShopServer.Json(body) };
        using var response = await Shop.Server.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent
            ? text.Length == 0 ? default : JsonElement.Parse(text)
            : throw new InvalidOperationException($"{method} {path} answered {(int)response.StatusCode}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        _folders.ForEach(folder => folder.Dispose());
    }

    private async Task OpenAsync() =>
        Shop = await ShopServer.StartWithAsync(_folders[^1].Path, services => services.AddSingleton<TimeProvider>(_clock), _arguments);

    private JsonObject Json(SentEvent sent)
    {
        var (properties, context) = (new JsonObject(), new JsonObject());
        foreach (var (path, value) in sent.What.Properties)
        {
            if (path == "context.device.type")
            {
                context["device"] = new JsonObject { ["type"] = ValueOf(value) };
            }
            else
            {
                properties[path] = ValueOf(value);
            }
        }

        if (sent.What.Revenue is { } revenue)
        {
            properties["revenue"] = revenue;
            properties["products"] = new JsonArray([.. sent.What.Lines.Select(line => Put([], line))]);
        }
        else if (sent.What.Lines is [var only])
        {
            Put(properties, only);
        }

        if (sent.Profile is not null || sent.Personalise is not null)
        {
            context["consent"] = new JsonObject
            {
                ["categoryPreferences"] = new JsonObject { ["profile"] = sent.Profile, ["personalise"] = sent.Personalise },
            };
        }

        var json = new JsonObject
        {
            ["messageId"] = $"message-{sent.Number}",
            ["userId"] = sent.User,
            ["anonymousId"] = sent.Anonymous,
            ["timestamp"] = DateTimeOffset.FromUnixTimeMilliseconds(NowMs - sent.AgeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            ["context"] = context,
        };
        if (sent.Traits is { } traits)
        {
            json["type"] = "identify";
            json["traits"] = new JsonObject(traits.Select(trait => KeyValuePair.Create(trait.Key, ValueOf(trait.Value))));
        }
        else
        {
            (json["type"], json["event"], json["properties"]) = ("track", sent.What.Name, properties);
        }

        return json;
    }

    private static JsonObject Put(JsonObject json, PastLine line)
    {
        (json["product_id"], json["quantity"]) = (line.Id, line.Quantity);
        if (line.Category is not null)
        {
            json["category"] = line.Category;
        }

        if (line.Price is { } price)
        {
            json["price"] = price;
        }

        return json;
    }

    private static JsonNode? ValueOf(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        double number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => throw new NotSupportedException(value.ToString()),
    };
}
