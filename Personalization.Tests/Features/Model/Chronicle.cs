using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;

namespace Personalization.Tests.Features.Model;

/// <summary>One change that must be told.</summary>
internal sealed record ToldChange(string Segment, int Version, int ProfileId, bool IsMember, long AtMs, MembershipCause Cause);

/// <summary>
/// What ought to be true in a world: everything that happened is kept, and after each happening everybody is judged anew by the oracle, at every time
/// that lies between. Profiles go by the numbers that the shop gave them: who is who is identity's matter.
/// </summary>
internal sealed class Chronicle
{
    private readonly SortedDictionary<string, Definition> _segments = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, Known> _people = [];
    private readonly HashSet<(string Segment, int ProfileId)> _members = [];
    private readonly HashSet<int> _numbers = [];
    private long _place;

    /// <summary>How often the members of the list were replaced: what was said before counts no more.</summary>
    private int _edition;

    /// <summary>In the order in which they come about, of one profile and segment.</summary>
    public List<ToldChange> Told { get; } = [];

    /// <summary>Up to when time has passed.</summary>
    public long NowMs { get; private set; }

    public IEnumerable<int> ProfileIds => _people.Keys;

    public IEnumerable<string> LiveSegments => _segments.Where(segment => segment.Value.Live > 0).Select(segment => segment.Key);

    public bool IsMember(string segment, int profileId) => _members.Contains((segment, profileId));

    public int VersionsOf(string segment) => _segments.GetValueOrDefault(segment)?.Versions.Count ?? 0;

    public int LiveVersionOf(string segment) => _segments.GetValueOrDefault(segment)?.Live ?? 0;

    public Condition ConditionOf(string segment) => _segments[segment].Versions[_segments[segment].Live - 1];

    public Person PersonOf(int profileId) => View(profileId, _people[profileId]);

    /// <summary>Time passes, and windows run out one after the other.</summary>
    public void Elapse(long nowMs)
    {
        var conditions = LiveSegments.Select(ConditionOf).ToList();
        foreach (var (profileId, known) in _people)
        {
            foreach (var edge in Edges.Of(conditions, View(profileId, known), NowMs, nowMs))
            {
                Judge(profileId, edge, MembershipCause.Time);
            }
        }

        NowMs = Math.Max(NowMs, nowMs);
    }

    /// <summary>An event comes, at a time to which <see cref="Elapse"/> has gone.</summary>
    public void Apply(SentEvent sent, int profileId, bool isHistorical)
    {
        if (!_numbers.Add(sent.Number))
        {
            return;
        }

        var known = Know(profileId);
        var was = known.MayProfile;
        known.MayProfile = sent.Profile ?? was;
        known.MayPersonalise = sent.Personalise ?? known.MayPersonalise;
        if (known.MayProfile)
        {
            var (timeMs, place) = (NowMs - sent.AgeMs, _place++);
            known.Events.Add(sent.What with { TimeMs = timeMs, Place = place, IsHistorical = isHistorical });
            foreach (var (name, value) in sent.Traits ?? new Dictionary<string, object?>())
            {
                known.Say(name, new PastTrait(value, timeMs, place));
            }
        }

        Judge(profileId, NowMs, was != known.MayProfile ? MembershipCause.Consent : isHistorical ? MembershipCause.Import : MembershipCause.Event);
    }

    /// <summary>Some people are put on the list, or taken off it, or are the only ones on it from now on.</summary>
    /// <param name="uploaded">Who.</param>
    /// <param name="profileOf">The number that each has by then.</param>
    public void Upload(Uploads uploaded, Func<string, int> profileOf)
    {
        _edition += uploaded.Mode == "replace" ? 1 : 0;
        foreach (var user in uploaded.Users)
        {
            Know(profileOf(user)).Listed = new Word(_edition, _place++, uploaded.Mode != "remove");
        }

        foreach (var profileId in _people.Keys)
        {
            Judge(profileId, NowMs, MembershipCause.Definition);
        }
    }

    /// <summary>One profile turns out to be another.</summary>
    public void Merge(int from, int into)
    {
        if (!_people.Remove(from, out var gone))
        {
            return;
        }

        var known = Know(into);
        known.Events.AddRange(gone.Events);
        known.Listed = gone.Listed?.Place > (known.Listed?.Place ?? -1) ? gone.Listed : known.Listed;
        foreach (var (name, trait) in gone.Traits)
        {
            known.Say(name, trait);
        }

        foreach (var segment in _segments.Keys.Where(segment => _members.Remove((segment, from))))
        {
            Told.Add(new ToldChange(segment, _segments[segment].Live, from, IsMember: false, NowMs, MembershipCause.Identity));
        }

        Judge(into, NowMs, MembershipCause.Identity);
    }

    public void Define(string segment, Condition condition, bool isActivated)
    {
        if (!_segments.TryGetValue(segment, out var definition))
        {
            _segments[segment] = definition = new Definition();
        }

        definition.Versions.Add(condition);
        if (isActivated || definition.Versions.Count == 1)
        {
            Activate(segment, definition.Versions.Count);
        }
    }

    /// <summary>What a version said is said once more, under a number of its own.</summary>
    public void PutAgain(string segment, int version) => _segments[segment].Versions.Add(_segments[segment].Versions[version - 1]);

    /// <summary>A version is put to use; 0 deletes the segment.</summary>
    public void Activate(string segment, int version)
    {
        _segments[segment].Live = version;
        foreach (var profileId in _people.Keys)
        {
            Judge(profileId, NowMs, MembershipCause.Definition);
        }
    }

    private void Judge(int profileId, long nowMs, MembershipCause cause)
    {
        var known = _people[profileId];

        // In the order of their ids: a segment asks only for those before it.
        foreach (var (segment, definition) in _segments)
        {
            var isMember = definition.Live > 0 && known.MayProfile && (known.Events.Count > 0 || known.Listed is not null)
                && Oracle.Holds(definition.Versions[definition.Live - 1], View(profileId, known), nowMs);
            if (isMember ? _members.Add((segment, profileId)) : _members.Remove((segment, profileId)))
            {
                Told.Add(new ToldChange(segment, definition.Live, profileId, isMember, nowMs, cause));
            }
        }
    }

    private Person View(int profileId, Known known) => new()
    {
        Events = known.Events,
        Traits = known.Traits,
        IsIn = segment => IsMember(segment, profileId),
        IsOn = _ => known.Listed is { IsOn: true } listed && listed.Edition == _edition,
        Share = seed => RandomCondition.PlaceOf(profileId, seed),
        Grants = purpose => purpose == "personalise" ? known.MayPersonalise : known.MayProfile,
    };

    private Known Know(int profileId)
    {
        if (!_people.TryGetValue(profileId, out var known))
        {
            _people[profileId] = known = new Known();
        }

        return known;
    }

    private sealed class Definition
    {
        public List<Condition> Versions { get; } = [];

        public int Live { get; set; }
    }

    /// <summary>What was said last of a person and the list.</summary>
    private sealed record Word(int Edition, long Place, bool IsOn);

    private sealed class Known
    {
        public Word? Listed { get; set; }

        public List<PastEvent> Events { get; } = [];

        public Dictionary<string, PastTrait> Traits { get; } = [];

        public bool MayProfile { get; set; } = true;

        public bool MayPersonalise { get; set; } = true;

        /// <summary>What was said last in event time holds, that it is no more included.</summary>
        public void Say(string name, PastTrait trait)
        {
            if (!Traits.TryGetValue(name, out var before) || (trait.TimeMs, trait.Place).CompareTo((before.TimeMs, before.Place)) > 0)
            {
                Traits[name] = trait;
            }
        }
    }
}
