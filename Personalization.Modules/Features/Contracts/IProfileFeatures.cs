namespace Personalization.Features.Contracts;

/// <summary>Reads what is known of a shopper. A read copies one consistent version and never waits for the writer.</summary>
public interface IProfileFeatures
{
    /// <summary>
    /// Copies the profile's features into a view that the caller reuses. False, with the view cleared, when nothing is known.
    /// About half a microsecond; allocates nothing once the view has its size. One that is not in memory is read from the checkpoint: for the
    /// decision path there is <see cref="TryReadInMemory"/>.
    /// </summary>
    bool TryRead(int profileId, ProfileView view);

    /// <summary>The same without ever touching the disk: of a profile that is known and not in memory it says so, and leaves it at that.</summary>
    bool TryReadInMemory(int profileId, ProfileView view, out bool isCold)
    {
        isCold = false;
        return TryRead(profileId, view);
    }
}

/// <summary>Which of a profile's recent lists; each is ordered by event time.</summary>
public enum RecentKind
{
    Viewed,
    Added,
    Purchased,
}

/// <summary>An item that a shopper dealt with, and when.</summary>
public readonly record struct RecentItem(int Item, long TimestampMs);

/// <summary>An affinity: a number of a category or brand and its decayed weight as of the read's reference time.</summary>
public readonly record struct Affinity(int Term, float Weight);

/// <summary>A caller's copy of one profile's features. Not thread-safe; reuse it.</summary>
public sealed class ProfileView
{
    private readonly RecentItem[][] _recent = [new RecentItem[32], new RecentItem[16], new RecentItem[32]];
    private readonly int[] _recentCounts = new int[3];
    private readonly Affinity[] _categories = new Affinity[8];
    private readonly Affinity[] _brands = new Affinity[8];
    private int _categoryCount;
    private int _brandCount;

    /// <summary>Newest first.</summary>
    public ReadOnlySpan<RecentItem> Recent(RecentKind kind) => _recent[(int)kind].AsSpan(0, _recentCounts[(int)kind]);

    /// <summary>Heaviest first.</summary>
    public ReadOnlySpan<Affinity> Categories => _categories.AsSpan(0, _categoryCount);

    public ReadOnlySpan<Affinity> Brands => _brands.AsSpan(0, _brandCount);

    public ProfileCounters Counters { get; set; }

    /// <summary>Number of the current session, 0 when there is none; its bounds in event time, Unix ms.</summary>
    public long SessionNumber { get; set; }

    public long SessionStartMs { get; set; }

    public long LastEventMs { get; set; }

    /// <summary>Events in the current session.</summary>
    public int SessionEvents { get; set; }

    public void Clear()
    {
        _recentCounts.AsSpan().Clear();
        _categoryCount = _brandCount = 0;
        Counters = default;
        SessionNumber = SessionStartMs = LastEventMs = 0;
        SessionEvents = 0;
    }

    internal Span<RecentItem> RecentBuffer(RecentKind kind) => _recent[(int)kind];

    internal void SetRecentCount(RecentKind kind, int count) => _recentCounts[(int)kind] = count;

    internal Span<Affinity> CategoryBuffer => _categories;

    internal Span<Affinity> BrandBuffer => _brands;

    internal void SetAffinityCounts(int categories, int brands)
    {
        _categoryCount = categories;
        _brandCount = brands;
    }
}

/// <summary>How often a profile did what, since ever.</summary>
public record struct ProfileCounters
{
    public int Events { get; set; }

    public int Sessions { get; set; }

    public int Views { get; set; }

    public int Adds { get; set; }

    public int Orders { get; set; }

    public int Searches { get; set; }

    /// <summary>Sum of order revenue in the shop's currency.</summary>
    public double Revenue { get; set; }
}
