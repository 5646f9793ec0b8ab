using System.Runtime.InteropServices;
using Personalization.Consent.Contracts;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// Decides whether a trigger that is due fires, by the log's data alone, and as of when it was due: how late somebody looks must not matter. The
/// room is reused: one partition's loop at a time.
/// </summary>
internal sealed class TriggerJudge(ProfileFirings firings, IConsent consent)
{
    private readonly List<Firing> _known = [];

    /// <summary>True, and remembered, when it fires.</summary>
    /// <param name="trigger">Which.</param>
    /// <param name="profileId">For whom.</param>
    /// <param name="profile">Room to ask the condition in; may be about somebody else before, and is about this profile at the due time after.</param>
    /// <param name="candidate">When, and what it hangs on.</param>
    /// <param name="nowMs">The log's clock, Unix ms.</param>
    public bool Fires(CompiledTrigger trigger, int profileId, ProfileSnapshot profile, Candidate candidate, long nowMs)
    {
        if (candidate.DueMs <= nowMs - trigger.Definition.ExpiresMs)
        {
            return false;
        }

        Recall(trigger, profileId, nowMs);
        if (IsKnown(trigger.Key, candidate)
            || IsTooMuch(trigger, candidate)
            || !consent.May(profileId, Purposes.Profile, candidate.DueMs, out _).IsAllowed
            || !IsSo(trigger.If, profileId, profile, candidate.DueMs))
        {
            return false;
        }

        _known.Add(new Firing(trigger.Key, candidate.Anchor, candidate.DueMs));
        firings.Set(profileId, CollectionsMarshal.AsSpan(_known));
        return true;
    }

    private static bool IsSo(CompiledCondition? condition, int profileId, ProfileSnapshot profile, long atMs)
    {
        profile.Reset(profileId, atMs);
        return condition is null || condition.Holds(profile);
    }

    /// <summary>It fired already, or what was due then is not to be fired at all.</summary>
    private bool IsKnown(ulong key, Candidate candidate)
    {
        foreach (var firing in _known)
        {
            if (firing.Trigger == Firing.Nothing ? candidate.DueMs <= firing.DueMs : firing.Trigger == key && firing.Anchor == candidate.Anchor)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsTooMuch(CompiledTrigger trigger, Candidate candidate)
    {
        var definition = trigger.Definition;
        int fired = 0, inWindow = 0;
        foreach (var firing in _known)
        {
            if (firing.Trigger != trigger.Key)
            {
                continue;
            }

            if (Math.Abs(candidate.DueMs - firing.DueMs) < definition.CooldownMs)
            {
                return true;
            }

            fired++;
            inWindow += definition.Limit is { } limit && Math.Abs(candidate.DueMs - firing.DueMs) < limit.WindowMs ? 1 : 0;
        }

        return inWindow >= (definition.Limit?.Count ?? int.MaxValue) || fired >= ProfileFirings.MaxOfTrigger || _known.Count >= ProfileFirings.MaxOfProfile;
    }

    /// <summary>What fired for the profile, without what no longer matters to this trigger, or could to any other.</summary>
    private void Recall(CompiledTrigger trigger, int profileId, long nowMs)
    {
        _known.Clear();
        foreach (var firing in firings.Of(profileId))
        {
            if (firing.DueMs > nowMs - (firing.Trigger == trigger.Key ? trigger.MemoryMs : 2 * TriggerReader.MaxMs))
            {
                _known.Add(firing);
            }
        }
    }
}
