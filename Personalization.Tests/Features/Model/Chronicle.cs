using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.Funnels;

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
    private readonly List<Entry> _journal = [];
    private readonly SortedDictionary<string, FeatureSpec> _features = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FunnelDefinition> _funnels = new(StringComparer.Ordinal);
    private long _place;

    /// <summary>How often the members of the list were replaced: what was said before counts no more.</summary>
    private int _edition;

    /// <summary>In the order in which they come about, of one profile and segment.</summary>
    public List<ToldChange> Told { get; } = [];

    /// <summary>Up to when time has passed.</summary>
    public long NowMs { get; private set; }

    public IEnumerable<int> ProfileIds => _people.Keys;

    /// <summary>Whether a message came before: whoever it names this time, it counts no more.</summary>
    public bool HasCome(int number) => _numbers.Contains(number);

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
            foreach (var edge in Edges.Of(conditions, View(profileId, known), NowMs, nowMs, _features, _funnels))
            {
                Judge(profileId, edge, MembershipCause.Time);
            }
        }

        NowMs = Math.Max(NowMs, nowMs);
    }

    /// <summary>An event comes, at a time to which <see cref="Elapse"/> has gone.</summary>
    /// <param name="sent">What came.</param>
    /// <param name="profileId">Whose it is now.</param>
    /// <param name="home">The profile that its deciding identifier was bound to at first, before any merge.</param>
    /// <param name="isHistorical">Whether it was imported.</param>
    public void Apply(SentEvent sent, int profileId, int home, bool isHistorical)
    {
        if (!_numbers.Add(sent.Number))
        {
            return;
        }

        var known = Know(profileId);
        var was = known.Consent.May(Consent.Profile);
        var came = new Came(_place++, home, sent, NowMs - sent.AgeMs, isHistorical);
        _journal.Add(came);
        Take(known, came);
        Judge(profileId, NowMs, was != known.Consent.May(Consent.Profile) ? MembershipCause.Consent : isHistorical ? MembershipCause.Import : MembershipCause.Event);
    }

    /// <summary>Some people are put on the list, or taken off it, or are the only ones on it from now on.</summary>
    /// <param name="uploaded">Who.</param>
    /// <param name="profileOf">The number that each has by then, and the one that they had before any merge.</param>
    public void Upload(Uploads uploaded, Func<string, (int ProfileId, int Home)> profileOf)
    {
        _edition += uploaded.Mode == "replace" ? 1 : 0;
        foreach (var user in uploaded.Users)
        {
            var (profileId, home) = profileOf(user);
            var listed = new Listed(_place++, home, _edition, uploaded.Mode != "remove");
            _journal.Add(listed);
            Take(Know(profileId), listed);
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

        _journal.Add(new Merged(_place++, from, into));
        Know(into).TakeOver(gone);
        foreach (var segment in _segments.Keys.Where(segment => _members.Remove((segment, from))))
        {
            Told.Add(new ToldChange(segment, _segments[segment].Live, from, IsMember: false, NowMs, MembershipCause.Identity));
        }

        Judge(into, NowMs, MembershipCause.Identity);
    }

    /// <summary>Profiles that were merged into others, the earliest first.</summary>
    public IReadOnlyList<int> MergedProfiles => [.. _journal.OfType<Merged>().Select(merged => merged.Home)];

    /// <summary>Who a profile of before all merges is now.</summary>
    public int PersonOfHome(int home)
    {
        var merges = _journal.OfType<Merged>().ToList();
        for (var i = 0; merges.Find(merged => merged.Home == home) is { } merged; i++)
        {
            home = i < merges.Count ? merged.Into : throw new NotSupportedException($"{home} was merged into itself: {string.Join(", ", merges)}");
        }

        return home;
    }

    /// <summary>A merge was wrong: both are what they were if it had never been. They live their lives once more, without it.</summary>
    public void Part(int profileId)
    {
        var person = PersonOfHome(profileId);
        _journal.RemoveAll(entry => entry is Merged && entry.Home == profileId);
        var other = PersonOfHome(profileId);
        (_people[person], _people[other]) = (new Known(), new Known());
        var lives = new Dictionary<int, Known>();
        var parents = new Dictionary<int, int>();
        foreach (var entry in _journal.Where(entry => PersonOfHome(entry.Home) is var whose && (whose == person || whose == other)))
        {
            var now = entry.Home;
            while (parents.TryGetValue(now, out var parent))
            {
                now = parent;
            }

            if (entry is Merged merged)
            {
                lives.Remove(merged.Home, out var gone);
                Life(merged.Into).TakeOver(gone ?? new Known());
                parents[merged.Home] = merged.Into;
            }
            else
            {
                Take(Life(now), entry);
            }
        }

        (_people[person], _people[other]) = (Life(person), Life(other));
        Judge(person, NowMs, MembershipCause.Identity);
        Judge(other, NowMs, MembershipCause.Identity);

        Known Life(int id) => lives.TryGetValue(id, out var life) ? life : lives[id] = new Known();
    }

    public void Declare(FeatureSpec spec) => _features[spec.Id] = spec;

    /// <summary>From now on everybody stands where the funnel says.</summary>
    public void Build(FunnelDefinition funnel)
    {
        _funnels[funnel.Id] = funnel;
        foreach (var profileId in _people.Keys)
        {
            Judge(profileId, NowMs, MembershipCause.Definition);
        }
    }

    public IEnumerable<FeatureSpec> Features => _features.Values;

    public IEnumerable<FunnelDefinition> Funnels => _funnels.Values;

    /// <summary>What a feature is of a person now.</summary>
    public IReadOnlyList<object?> ValuesOf(FeatureSpec spec, int profileId) =>
        PersonOf(profileId) is var person ? OracleFeatures.Values(spec, _features, person.Events, null, person, NowMs) : [];

    /// <summary>What a feature is of an item now: of everybody's events, whoever they are.</summary>
    public IReadOnlyList<object?> ValuesOf(FeatureSpec spec, string item) =>
        OracleFeatures.Values(spec, _features, _journal.OfType<Came>().Select(came => came.Event), item, new Person(), NowMs);

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
            var isMember = definition.Live > 0 && known.Consent.May(Consent.Profile) && (known.Events.Count > 0 || known.Listed is not null)
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
        Grants = purpose => known.Consent.May(purpose),
        Feature = (name, nowMs) => _features.TryGetValue(name, out var spec)
            && OracleFeatures.Values(spec, _features, known.Events, null, new Person { Events = known.Events }, nowMs) is [var first, ..]
            ? first
            : null,
        Stage = (name, nowMs) => OracleFunnels.Stage(_funnels[name], new Person { Events = known.Events }, nowMs),
    };

    /// <summary>Something happens in a life, for the first time or once more.</summary>
    private static void Take(Known known, Entry entry)
    {
        if (entry is Listed listed)
        {
            known.Listed = known.Consent.May(Consent.Profile) ? listed : known.Listed;
            return;
        }

        var came = (Came)entry;
        known.Consent.Take(came.TimeMs, came.Sent);
        if (known.Consent.May(Consent.Profile))
        {
            known.Events.Add(came.Event with { Session = known.Sessions.Take(came.TimeMs, came.Place, came.IsHistorical) });
            foreach (var (name, value) in came.Sent.Traits ?? new Dictionary<string, object?>())
            {
                known.Say(name, new PastTrait(value, came.TimeMs, came.Place));
            }
        }
    }

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

    /// <summary>What happened, in its order, with the profile that it came to before any merge.</summary>
    private abstract record Entry(long Place, int Home);

    private sealed record Came(long Place, int Home, SentEvent Sent, long TimeMs, bool IsHistorical) : Entry(Place, Home)
    {
        public PastEvent Event => Sent.What with { TimeMs = TimeMs, Place = Place, IsHistorical = IsHistorical, AgeMs = Sent.AgeMs };
    }

    /// <summary>What was said of a person and the list.</summary>
    private sealed record Listed(long Place, int Home, int Edition, bool IsOn) : Entry(Place, Home);

    private sealed record Merged(long Place, int Home, int Into) : Entry(Place, Home);

    private sealed class Known
    {
        public Listed? Listed { get; set; }

        public List<PastEvent> Events { get; } = [];

        public Dictionary<string, PastTrait> Traits { get; } = [];

        public OracleSessions Sessions { get; } = new();

        public Consent Consent { get; } = new();

        /// <summary>What was said last in event time holds, that it is no more included.</summary>
        public void Say(string name, PastTrait trait)
        {
            if (!Traits.TryGetValue(name, out var before) || (trait.TimeMs, trait.Place).CompareTo((before.TimeMs, before.Place)) > 0)
            {
                Traits[name] = trait;
            }
        }

        public void TakeOver(Known gone)
        {
            Events.AddRange(gone.Events);
            Listed = gone.Listed?.Place > (Listed?.Place ?? -1) ? gone.Listed : Listed;
            Sessions.Merge(gone.Sessions);
            Consent.Merge(gone.Consent);
            foreach (var (name, trait) in gone.Traits)
            {
                Say(name, trait);
            }
        }
    }

    /// <summary>
    /// What a person allows: all, until they say otherwise. What they said last by event time counts. What comes late may deny, and speak of what nobody spoke of.
    /// </summary>
    private sealed class Consent
    {
        public const string Profile = "profile";
        private readonly Dictionary<string, bool> _said = [];
        private long _newestMs = long.MinValue;

        public bool May(string purpose) => _said.GetValueOrDefault(purpose, true);

        public void Take(long timeMs, SentEvent sent)
        {
            var said = new[] { (Purpose: Profile, Is: sent.Profile), (Purpose: "personalise", Is: sent.Personalise) }.Where(each => each.Is is not null).ToList();
            foreach (var (purpose, isGranted) in said)
            {
                if (timeMs >= _newestMs || !_said.ContainsKey(purpose) || isGranted == false)
                {
                    _said[purpose] = isGranted!.Value;
                }
            }

            _newestMs = said.Count > 0 ? Math.Max(_newestMs, timeMs) : _newestMs;
        }

        public void Merge(Consent other)
        {
            foreach (var (purpose, isGranted) in other._said)
            {
                if (other._newestMs > _newestMs || !_said.ContainsKey(purpose))
                {
                    _said[purpose] = isGranted;
                }
            }

            _newestMs = Math.Max(_newestMs, other._newestMs);
        }
    }
}
