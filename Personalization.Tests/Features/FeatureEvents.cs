using System.Text;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Hashing;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features;

/// <summary>A store of features with its stage, and events as the sequencer hands them over.</summary>
internal sealed class FeatureWorld
{
    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const long Start = 1_767_225_600_000;
    public const long Minute = 60_000;
    public const long Day = 86_400_000;
    private long _offset;

    public FeatureWorld(FeaturesOptions? options = null)
    {
        Rules = new FeatureRules(options ?? new FeaturesOptions());
        Store = new ProfileFeatureStore(Rules, new FixedClock(Start));
        Stage = new UpdateFeaturesStage(Store);
    }

    public FeatureRules Rules { get; }

    public ProfileFeatureStore Store { get; }

    public UpdateFeaturesStage Stage { get; }

    public static KeyHasher Hasher => new("0123456789abcdef"u8);

    /// <summary>An event about items by number, with term 100 + item % 5 as category and 200 + item % 3 as brand.</summary>
    public TrackedEvent Event(EventKind kind, long timestampMs, params ReadOnlySpan<int> items)
    {
        var added = new EventBatch(_ => { }).AddEvent();
        added.Kind = kind;
        added.TimestampMs = timestampMs;
        added.ProfileId = 1;
        added.MayProfile = true;
        added.Offset = _offset++;
        foreach (var item in items)
        {
            ref var line = ref added.Batch.AddLine();
            line.Item = item;
            line.CategoryTerm = 100 + (item % 5);
            line.BrandTerm = 200 + (item % 3);
        }

        return added;
    }

    /// <summary>Applies an event of profile 1 and returns its session.</summary>
    public long Send(EventKind kind, long timestampMs, params ReadOnlySpan<int> items)
    {
        var sent = Event(kind, timestampMs, items);
        Stage.Apply(sent);
        return sent.SessionNumber;
    }

    /// <summary>The same in a session of the client's own.</summary>
    public long SendIn(ulong session, long timestampMs)
    {
        var sent = Event(EventKind.ProductViewed, timestampMs, 1);
        sent.SessionKey = session;
        Stage.Apply(sent);
        return sent.SessionNumber;
    }

    public ProfileView Read(int profileId = 1)
    {
        var view = new ProfileView();
        Store.TryRead(profileId, view);
        return view;
    }

    public int[] Items(RecentKind kind, int profileId = 1)
    {
        var view = Read(profileId);
        return [.. view.Recent(kind).ToArray().Select(item => item.Item)];
    }

    /// <summary>An event as the parser leaves it: items by their text.</summary>
    public static TrackedEvent Parsed(EventKind kind, params ReadOnlySpan<(string Id, string Category, string Brand)> lines)
    {
        var batch = new EventBatch(_ => { });
        var parsed = batch.AddEvent();
        parsed.Kind = kind;
        foreach (var (id, category, brand) in lines)
        {
            var texts = (Put(batch, id), Put(batch, category), Put(batch, brand));
            ref var line = ref batch.AddLine();
            (line.Id, line.Category, line.Brand) = texts;
        }

        return parsed;
    }

    private static Utf8Slice Put(EventBatch batch, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        batch.EnsureBuffer(batch.BufferLength + bytes.Length + 1);
        bytes.CopyTo(batch.Buffer.AsSpan(batch.BufferLength));
        var slice = new Utf8Slice(batch.BufferLength, bytes.Length);
        batch.BufferLength += bytes.Length;
        return slice;
    }

    private sealed class FixedClock(long nowMs) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
    }
}

/// <summary>Catalogue items by the fields that a test cares for.</summary>
internal static class Items
{
    public static CatalogChange Put(string id, string? category = null, int? stock = null, string? brand = null) =>
        new(CatalogChangeKind.Put, new CatalogItem { Id = id, Category = category, Stock = stock, Brand = brand, Price = 9.99m });

    public static CatalogChange Patch(string id, int? stock) =>
        new(CatalogChangeKind.Patch, new CatalogItem { Id = id, Stock = stock }, PatchedFields.Stock);

    public static CatalogChange Withdraw(string id) => new(CatalogChangeKind.Withdraw, new CatalogItem { Id = id });

    public static Catalog Catalog(int maxItems = 100_000, int maxTerms = 10_000, CapturedPositions? positions = null) =>
        new(FeatureWorld.Hasher, new FeaturesOptions { MaxItems = maxItems, MaxTerms = maxTerms }, positions ?? new CapturedPositions(10));

    public static Catalog Reloaded(Catalog catalog)
    {
        var rows = new CheckpointRows();
        rows.Take(catalog);
        var reloaded = Catalog();
        rows.GiveTo(reloaded);
        return reloaded;
    }
}
