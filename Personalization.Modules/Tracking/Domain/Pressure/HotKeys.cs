using System.Collections.Frozen;

namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// Identifiers, as keyed hashes, under which hot profiles send just now, so that the door knows them: it has no profile numbers yet. At most
/// <see cref="Most"/>, kept for one to two minutes. Thread-safe.
/// </summary>
internal sealed class HotKeys
{
    public const int Most = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, int> _now = [];
    private readonly Dictionary<UInt128, int> _before = [];
    private volatile FrozenSet<UInt128> _known = [];

    public bool IsEmpty => _known.Count == 0;

    public bool Contains(UInt128 key) => key != default && _known.Contains(key);

    /// <summary>Notes a key of a profile. Beyond the bound it is left out: the sketch still shows the profile.</summary>
    public void Add(UInt128 key, int profileId)
    {
        if (key == default)
        {
            return;
        }

        lock (_gate)
        {
            if (_now.Count < Most && _now.TryAdd(key, profileId) && !_known.Contains(key))
            {
                Publish();
            }
        }
    }

    /// <summary>A minute is over: keys that have not come again within it are forgotten.</summary>
    public void Rotate()
    {
        lock (_gate)
        {
            _before.Clear();
            foreach (var (key, profileId) in _now)
            {
                _before.Add(key, profileId);
            }

            _now.Clear();
            Publish();
        }
    }

    public long Remove(IReadOnlySet<int> profileIds)
    {
        lock (_gate)
        {
            var removed = 0L;
            foreach (var keys in new[] { _now, _before })
            {
                foreach (var (key, _) in keys.Where(entry => profileIds.Contains(entry.Value)).ToList())
                {
                    removed += keys.Remove(key) ? 1 : 0;
                }
            }

            Publish();
            return removed;
        }
    }

    public long Count(IReadOnlySet<int> profileIds)
    {
        lock (_gate)
        {
            return _now.Values.Concat(_before.Values).LongCount(profileIds.Contains);
        }
    }

    private void Publish() => _known = _now.Keys.Concat(_before.Keys).ToFrozenSet();
}
