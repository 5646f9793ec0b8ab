namespace Personalization.Tracking.Domain.Pressure;

/// <summary>A profile with about as many events.</summary>
/// <param name="ProfileId">The profile's number.</param>
/// <param name="Events">At most so many; too many by <paramref name="ErrorAtMost"/> at the most.</param>
/// <param name="ErrorAtMost">What it inherited from the profile whose place it took.</param>
internal readonly record struct HotProfile(int ProfileId, long Events, long ErrorAtMost);

/// <summary>
/// The profiles with the most events of one partition, in constant memory: Space-Saving (Metwally, Agrawal and El Abbadi, 2005). A profile
/// with more than one in <see cref="Size"/> of all events is never missed. Two windows of a minute, so that what is read always
/// covers at least one. Written by the partition's loop, read by anyone.
/// </summary>
internal sealed class HotProfileSketch
{
    public const int Size = 64;

    private readonly Lock _gate = new();
    private Window _now = new();
    private Window _before = new();

    /// <summary>Counts one event.</summary>
    /// <returns>Events of the profile in this window, without what they may be too many.</returns>
    public int Add(int profileId)
    {
        lock (_gate)
        {
            return _now.Add(profileId);
        }
    }

    /// <summary>A minute is over; the one before the last is forgotten.</summary>
    public void Rotate()
    {
        lock (_gate)
        {
            (_now, _before) = (_before, _now);
            _now.Clear();
        }
    }

    /// <summary>The hottest of the last minute.</summary>
    /// <param name="elapsed">Part of the present window that is over, 0 to 1: as much of the one before no longer counts.</param>
    public IReadOnlyList<HotProfile> Read(double elapsed)
    {
        lock (_gate)
        {
            var found = new Dictionary<int, HotProfile>(2 * Size);
            _now.AddTo(found, 1);
            _before.AddTo(found, 1 - elapsed);
            return [.. found.Values.OrderByDescending(profile => profile.Events)];
        }
    }

    public long Remove(IReadOnlySet<int> profileIds)
    {
        lock (_gate)
        {
            return _now.Remove(profileIds) + _before.Remove(profileIds);
        }
    }

    public long Count(IReadOnlySet<int> profileIds)
    {
        lock (_gate)
        {
            return _now.Count(profileIds) + _before.Count(profileIds);
        }
    }

    private sealed class Window
    {
        private readonly int[] _profiles = new int[Size];
        private readonly int[] _counts = new int[Size];
        private readonly int[] _errors = new int[Size];

        public Window() => Clear();

        public int Add(int profileId)
        {
            var at = _profiles.AsSpan().IndexOf(profileId);
            if (at < 0)
            {
                at = Least();
                _profiles[at] = profileId;
                _errors[at] = _counts[at];
            }

            return ++_counts[at] - _errors[at];
        }

        public void Clear()
        {
            _profiles.AsSpan().Fill(-1);
            _counts.AsSpan().Clear();
            _errors.AsSpan().Clear();
        }

        public void AddTo(Dictionary<int, HotProfile> found, double part)
        {
            for (var i = 0; i < Size; i++)
            {
                if (_profiles[i] >= 0)
                {
                    var before = found.GetValueOrDefault(_profiles[i]);
                    found[_profiles[i]] = new HotProfile(
                        _profiles[i], before.Events + (long)(_counts[i] * part), before.ErrorAtMost + (long)(_errors[i] * part));
                }
            }
        }

        public long Count(IReadOnlySet<int> profileIds) => _profiles.LongCount(profileIds.Contains);

        public long Remove(IReadOnlySet<int> profileIds)
        {
            var removed = 0L;
            for (var i = 0; i < Size; i++)
            {
                if (profileIds.Contains(_profiles[i]))
                {
                    // The count stays as the next one's error: the bound of the estimate holds.
                    _profiles[i] = -1;
                    removed++;
                }
            }

            return removed;
        }

        private int Least()
        {
            var least = 0;
            for (var i = 1; i < Size; i++)
            {
                least = _counts[i] < _counts[least] ? i : least;
            }

            return least;
        }
    }
}
