using System.Runtime.InteropServices;

namespace Personalization.Identity.Domain;

/// <summary>A merge that one event told besides another: an event carries one merge to the stages, further ones ride on the person's next events.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct PendingMerge(
    long Id, int From, int Into, UInt128 Key, long Offset, long TimeMs, float Confidence, LinkRule Rule, byte Kind);

/// <summary>Merges that wait, found by either person. Sequencer only; which comes first depends on the log's order alone.</summary>
internal sealed class PendingMerges(IdentityMap map)
{
    /// <summary>Of one person; what is beyond is left out, and told again by the next event that names both.</summary>
    private const int MaxPerPerson = 16;

    private readonly Dictionary<int, SortedDictionary<long, PendingMerge>> _byPerson = [];
    private readonly SortedDictionary<long, PendingMerge?> _changed = [];
    private long _nextId;

    /// <summary>Changes since the last call, by id; null for one that waits no more.</summary>
    public SortedDictionary<long, PendingMerge?> Changed => _changed;

    public void Add(PendingMerge merge)
    {
        if (Of(merge.From).Count >= MaxPerPerson || Of(merge.Into).Count >= MaxPerPerson)
        {
            return;
        }

        merge = merge with { Id = _nextId++ };
        _changed[merge.Id] = merge;
        Keep(merge);
    }

    /// <summary>The oldest merge that waits for this person, which waits no more.</summary>
    public bool TryTake(int living, out PendingMerge merge)
    {
        merge = default;
        if (!_byPerson.TryGetValue(living, out var waiting) || waiting.Count == 0)
        {
            map.MarkPending(living, hasPending: false);
            return false;
        }

        merge = waiting.First().Value;
        Drop(map.Canonical(merge.From), merge.Id);
        Drop(map.Canonical(merge.Into), merge.Id);
        _changed[merge.Id] = null;
        return true;
    }

    /// <summary>What waited for one waits for the other. After their merge.</summary>
    public void Follow(int from, int into)
    {
        if (_byPerson.Remove(from, out var waiting))
        {
            foreach (var merge in waiting.Values)
            {
                Of(into)[merge.Id] = merge;
            }

            map.MarkPending(into, hasPending: true);
        }
    }

    /// <summary>Who is whom has changed otherwise than by a merge.</summary>
    public void FindPeopleAnew()
    {
        var waiting = _byPerson.Values.SelectMany(merges => merges.Values).Distinct().ToList();
        foreach (var person in _byPerson.Keys)
        {
            map.MarkPending(person, hasPending: false);
        }

        _byPerson.Clear();
        waiting.ForEach(merge => Keep(merge));
    }

    public void Restore(in PendingMerge merge)
    {
        Keep(merge);
        _nextId = Math.Max(_nextId, merge.Id + 1);
    }

    public long NextId
    {
        get => _nextId;
        set => _nextId = value;
    }

    /// <summary>How many wait for these profiles.</summary>
    public long CountOf(IReadOnlySet<int> profileIds) => WaitingFor(profileIds).LongCount();

    /// <summary>Forgets what waits for these profiles.</summary>
    public long Erase(IReadOnlySet<int> profileIds)
    {
        var found = WaitingFor(profileIds).ToList();
        foreach (var merge in found)
        {
            Drop(map.Canonical(merge.From), merge.Id);
            Drop(map.Canonical(merge.Into), merge.Id);
            _changed[merge.Id] = null;
        }

        return found.Count;
    }

    private IEnumerable<PendingMerge> WaitingFor(IReadOnlySet<int> profileIds) =>
        _byPerson.Values.SelectMany(waiting => waiting.Values).Distinct()
            .Where(merge => profileIds.Contains(merge.From) || profileIds.Contains(merge.Into));

    private void Keep(in PendingMerge merge)
    {
        foreach (var person in (ReadOnlySpan<int>)[map.Canonical(merge.From), map.Canonical(merge.Into)])
        {
            Of(person)[merge.Id] = merge;
            map.MarkPending(person, hasPending: true);
        }
    }

    private SortedDictionary<long, PendingMerge> Of(int person) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_byPerson, person, out _) ??= [];

    private void Drop(int person, long id)
    {
        if (_byPerson.TryGetValue(person, out var waiting) && waiting.Remove(id) && waiting.Count == 0)
        {
            _byPerson.Remove(person);
            map.MarkPending(person, hasPending: false);
        }
    }
}
