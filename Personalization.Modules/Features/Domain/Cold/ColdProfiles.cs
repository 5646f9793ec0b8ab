namespace Personalization.Features.Domain.Cold;

/// <summary>
/// All states of a profile together: they come back together, so that nobody who found the profile in memory has to read the disk for a part of it.
/// Any thread.
/// </summary>
internal sealed class ColdProfiles(Func<IEnumerable<IColdState>> states)
{
    private readonly Lazy<IColdState[]> _states = new(() => [.. states()]);

    /// <summary>Whether there may be any: a memory read for each state.</summary>
    public bool Any
    {
        get
        {
            foreach (var state in _states.Value)
            {
                if (state.ColdCount > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Times that a part of a profile was read from the checkpoint.</summary>
    public long Reads => _states.Value.Sum(state => state.ColdReads);

    /// <summary>Whether a part of the profile is on disk only. Never touches the disk.</summary>
    public bool IsCold(int profileId)
    {
        foreach (var state in _states.Value)
        {
            if (state.IsCold(profileId))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Brings all of a profile into memory; false when nothing is known of it. Reads disk.</summary>
    public bool Warm(int profileId)
    {
        var isKnown = false;
        foreach (var state in _states.Value)
        {
            isKnown |= state.Warm(profileId);
        }

        return isKnown;
    }
}
