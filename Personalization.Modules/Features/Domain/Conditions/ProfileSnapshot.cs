using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Features.Domain.Conditions.Compiled;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// All that a condition may look at, of one profile at one time of the log's clock. What it takes to decode is decoded when it is first
/// asked for. Reused from profile to profile; one thread at a time.
/// </summary>
internal sealed class ProfileSnapshot(
    IProfileHistory history, ITraitReader traits, IFeatureValues features, IMemberships memberships, IConsent consent)
{
    private readonly ProfileFacts _facts = new();
    private readonly TraitSet _traits = new();
    private bool _hasFacts;
    private bool _hasTraits;

    public int ProfileId { get; private set; } = -1;

    /// <summary>Unix ms.</summary>
    public long NowMs { get; private set; }

    /// <summary>
    /// The earliest time at which what was asked for so far may change by time alone. Each condition lowers it; never later than the true
    /// change, and after <see cref="NowMs"/>.
    /// </summary>
    public long NextChangeMs { get; private set; } = long.MaxValue;

    /// <summary>
    /// Whether anybody asks for properties of events or their context. What is not needed is not decoded; what comes to be needed is decoded once more.
    /// </summary>
    public bool NeedsProperties
    {
        get => !_facts.LeavesOutProperties;
        set
        {
            _hasFacts &= !value || NeedsProperties;
            _facts.LeavesOutProperties = !value;
        }
    }

    /// <summary>On whose answer alone that of a group hung which was asked last; nobody's when several decided together.</summary>
    public AnswerNote Decider { get; set; }

    /// <summary>What a condition that was asked last lacked to answer otherwise, in its own measure; 0 for nothing that it could tell.</summary>
    public long Lacks { get; set; }

    public IFeatureValues Features => features;

    public IMemberships Memberships => memberships;

    public IConsent Consent => consent;

    /// <summary>Where profiles stand in funnels.</summary>
    public IFunnelStages Funnels { get; init; } = IFunnelStages.None;

    /// <summary>Room for what an evaluation needs for a moment.</summary>
    internal EvaluationRoom Room { get; } = new();

    /// <summary>The context of the request that is being answered; undefined outside one.</summary>
    public JsonElement Request { get; set; }

    public ProfileFacts Facts
    {
        get
        {
            if (!_hasFacts)
            {
                _hasFacts = true;
                history.TryRead(ProfileId, _facts);
            }

            return _facts;
        }
    }

    public TraitSet Traits
    {
        get
        {
            if (!_hasTraits)
            {
                _hasTraits = true;
                traits.TryRead(ProfileId, _traits);
            }

            return _traits;
        }
    }

    /// <summary>A profile will be looked at soon.</summary>
    public void Prefetch(int profileId) => history.Prefetch(profileId);

    /// <summary>Looks at another profile, or at the same one anew.</summary>
    public void Reset(int profileId, long nowMs)
    {
        (ProfileId, NowMs, NextChangeMs) = (profileId, nowMs, long.MaxValue);
        (_hasFacts, _hasTraits) = (false, false);
        Request = default;
    }

    /// <summary>What the event that was just applied is to the profile's history. False when that is not known.</summary>
    public bool TryRead(TrackedEvent trackedEvent, Arrival into) => history.TryRead(trackedEvent, into);

    /// <summary>The same profile with nothing asked for yet, so that <see cref="NextChangeMs"/> is about the next question alone.</summary>
    public void AskAnew() => (NextChangeMs, Lacks) = (long.MaxValue, 0);

    /// <summary>The same profile at another time, as what was decoded says: for looking ahead. Nothing has been asked for yet.</summary>
    public void LookAt(long nowMs) => (NowMs, NextChangeMs) = (nowMs, long.MaxValue);

    /// <summary>What was asked for turned out to be all that matters: takes the place of what others have lowered it to.</summary>
    public void ChangesOnlyAt(long timeMs) => NextChangeMs = timeMs;

    /// <summary>Something will, or may, change at a time.</summary>
    public void ChangesAt(long timeMs)
    {
        if (timeMs > NowMs && timeMs < NextChangeMs)
        {
            NextChangeMs = timeMs;
        }
    }
}

/// <summary>Who is in which segment, and on which list. Any thread.</summary>
internal interface IMemberships
{
    /// <summary>The number of a segment, live or being prepared; -1 for one that was never defined.</summary>
    int FindSegment(ReadOnlySpan<char> id);

    /// <summary>One memory read.</summary>
    bool IsMember(int segment, int profileId);

    /// <summary>The number of a list, or -1.</summary>
    int FindList(ReadOnlySpan<char> id);

    bool IsOnList(int list, int profileId);
}

/// <summary>Where profiles stand in declared funnels. Any thread.</summary>
internal interface IFunnelStages
{
    /// <summary>No funnel is declared.</summary>
    static IFunnelStages None { get; } = new NoFunnels();

    /// <summary>The number of a funnel, or -1 when none of that id is live. Stays the same while the process runs.</summary>
    int Find(ReadOnlySpan<char> id);

    /// <summary>
    /// How many steps the profile has completed as of <see cref="ProfileSnapshot.NowMs"/>; lowers <see cref="ProfileSnapshot.NextChangeMs"/> to when
    /// time alone may change that. Allocates nothing.
    /// </summary>
    int StageOf(int funnel, ProfileSnapshot profile);

    private sealed class NoFunnels : IFunnelStages
    {
        public int Find(ReadOnlySpan<char> id) => -1;

        public int StageOf(int funnel, ProfileSnapshot profile) => 0;
    }
}
