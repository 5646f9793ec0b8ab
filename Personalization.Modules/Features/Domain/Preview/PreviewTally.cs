namespace Personalization.Features.Domain.Preview;

/// <summary>
/// What one thread has counted of a preview; those of several add up. The sample is the members with the smallest hashes: any share of the
/// profiles, counted in any order by any number of threads, gives the same one.
/// </summary>
internal sealed class PreviewTally(int compared, int sampleSize)
{
    private readonly PriorityQueue<int, ulong> _sample = new(sampleSize + 1);
    private readonly long[] _both = new long[compared];
    private readonly long[] _others = new long[compared];

    /// <summary>Profiles that were asked: those that may be in segments at all.</summary>
    public long Asked { get; private set; }

    public long Members { get; private set; }

    /// <summary>Who is in both, by the place of the other segment.</summary>
    public ReadOnlySpan<long> Both => _both;

    /// <summary>Members of the other segment, whether or not in this.</summary>
    public ReadOnlySpan<long> Others => _others;

    public void Ask() => Asked++;

    public void Add(int profileId)
    {
        Members++;
        Draw(profileId, ulong.MaxValue - Scatter(profileId));
    }

    public void AddOther(int place, bool isMember)
    {
        _others[place]++;
        _both[place] += isMember ? 1 : 0;
    }

    public void AddAll(PreviewTally other)
    {
        Asked += other.Asked;
        Members += other.Members;
        for (var i = 0; i < _both.Length; i++)
        {
            _both[i] += other._both[i];
            _others[i] += other._others[i];
        }

        foreach (var (profileId, order) in other._sample.UnorderedItems)
        {
            Draw(profileId, order);
        }
    }

    /// <summary>Members drawn evenly, in ascending order.</summary>
    public IReadOnlyList<int> Sample() => [.. _sample.UnorderedItems.Select(item => item.Element).Order()];

    /// <summary>The queue gives out the one with the largest hash first, which makes room for a smaller one.</summary>
    private void Draw(int profileId, ulong order)
    {
        if (_sample.Count < sampleSize)
        {
            _sample.Enqueue(profileId, order);
        }
        else if (sampleSize > 0)
        {
            _sample.EnqueueDequeue(profileId, order);
        }
    }

    /// <summary>A number's place in a shuffle of all numbers: SplitMix64, by Steele, Lea and Flood (2014).</summary>
    public static ulong Scatter(int number)
    {
        var mixed = (ulong)number + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
