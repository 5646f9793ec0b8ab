using System.Buffers.Binary;

namespace Personalization.Identity.Domain;

// Reading for erasure and for making profiles anew, and moving events to another profile.
internal sealed partial class ProfileTimeline
{
    /// <summary>Remembers a place of the log that speaks of the profile and is no event of it. Sequencer only.</summary>
    public void Note(int profileId, long offset) => Add(profileId, ~offset);

    /// <summary>Everything in the log that speaks of these profiles, ascending: their events, and what was noted.</summary>
    public IReadOnlyList<long> Places(IReadOnlySet<int> profileIds) =>
        [.. Read(profileIds).Select(entry => entry.Place < 0 ? ~entry.Place : entry.Place).Order().Distinct()];

    /// <summary>
    /// The events of these profiles in log order, each with the profile that it is kept under. Complete when no checkpoint is on its way
    /// to disk. 16 bytes an event.
    /// </summary>
    public (long[] Offsets, int[] Homes) EventsOf(IReadOnlySet<int> profileIds)
    {
        var offsets = new List<long>();
        var homes = new List<int>();
        foreach (var (profileId, place) in Read(profileIds))
        {
            if (place >= 0)
            {
                offsets.Add(place);
                homes.Add(profileId);
            }
        }

        var (sorted, owners) = (offsets.ToArray(), homes.ToArray());
        Array.Sort(sorted, owners);
        return (sorted, owners);
    }

    /// <summary>
    /// Keeps the events of a profile anew: those at <paramref name="moved"/> (ascending) under another profile from now on. Sequencer only.
    /// </summary>
    public void Move(int fromProfileId, int intoProfileId, long[] moved)
    {
        var places = Read(new HashSet<int> { fromProfileId }).Select(entry => entry.Place).ToList();
        places.Sort();
        RemoveRows(fromProfileId);
        lock (_lock)
        {
            if (fromProfileId < _newest.Capacity && _newest[fromProfileId] != 0)
            {
                _newest[fromProfileId] = 0;
                _dirty.Remove(fromProfileId);
            }
        }

        foreach (var place in places)
        {
            Add(place >= 0 && Array.BinarySearch(moved, place) >= 0 ? intoProfileId : fromProfileId, place);
        }
    }

    public int[] Homes(long endOffset)
    {
        var homes = new int[endOffset];
        homes.AsSpan().Fill(-1);
        _rows?.Visit(OffsetTable, long.MinValue, long.MaxValue, (row, value) =>
        {
            for (; value.Length > 0 && !IsLeaving(row); value = value[sizeof(long)..])
            {
                Note(homes, (int)(row >> 32), BinaryPrimitives.ReadInt64LittleEndian(value));
            }
        });
        lock (_lock)
        {
            foreach (var profileId in _dirty)
            {
                foreach (var place in Chain(profileId))
                {
                    Note(homes, profileId, place);
                }
            }
        }

        return homes;

        static void Note(int[] homes, int profileId, long place)
        {
            if ((ulong)place < (ulong)homes.Length)
            {
                homes[place] = profileId;
            }
        }
    }

    private IEnumerable<(int ProfileId, long Place)> Read(IReadOnlySet<int> profileIds)
    {
        var places = new List<long>();
        foreach (var profileId in profileIds)
        {
            places.Clear();
            ReadRows(profileId, (_, value) =>
            {
                for (; value.Length > 0; value = value[sizeof(long)..])
                {
                    places.Add(BinaryPrimitives.ReadInt64LittleEndian(value));
                }
            });
            lock (_lock)
            {
                places.AddRange(Chain(profileId));
            }

            foreach (var place in places)
            {
                yield return (profileId, place);
            }
        }
    }
}
