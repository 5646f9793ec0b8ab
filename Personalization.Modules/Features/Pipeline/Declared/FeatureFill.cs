using Personalization.Consent.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Log;
using Personalization.Kernel.Replay;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>
/// Takes the log before a version into it, as if the version had been there when the events came: with their items, categories and names of
/// then, lateness and all. Their profiles are those of now. Consent has to be given then and now: what was not learnt when it came is not learnt later,
/// and nothing is learnt of somebody who does not allow it any more.
/// A version takes live events in all the while; their order does not matter to it. While the pipeline rests.
/// </summary>
internal sealed class FeatureFill(
    FeatureRegistry registry,
    FeatureStates states,
    KeptProperties kept,
    EventNames names,
    Catalog catalog,
    ItemTermHistory terms,
    IConsent consent,
    IPastConsent past,
    IProfileDirectory profiles,
    IProfileTimeline timeline,
    Func<LogReplay> replay,
    ReplaySample? sample = null)
{
    private readonly ProfileFacts _facts = new();
    private readonly ResolveItemsStep _items = new(catalog, terms);
    private int[] _homes = [];

    /// <summary>Whether a piece of the log is to be taken in for which it has to be looked up whose events are whose.</summary>
    public bool NeedsHomes(long fromOffset) => registry.FillingFrom(fromOffset).Any(version => version.PutOffset > _homes.Length);

    /// <summary>Whose events are whose has changed.</summary>
    public void ForgetHomes() => _homes = [];

    /// <summary>Those versions that have taken in what lies before a place take in what follows, up to another.</summary>
    /// <param name="fromOffset">Where the piece begins.</param>
    /// <param name="endOffset">Behind its last place.</param>
    /// <param name="nowMs">The log's clock, Unix ms.</param>
    /// <returns>Those that are complete now.</returns>
    public IReadOnlyList<FeatureVersion> Take(long fromOffset, long endOffset, long nowMs)
    {
        var versions = registry.FillingFrom(fromOffset);
        try
        {
            if (versions.Count > 0)
            {
                Read(versions, fromOffset, Math.Min(endOffset, versions.Max(version => version.PutOffset)), nowMs);
            }
        }
        finally
        {
            // Also after a fault: what was taken in must not be taken in twice.
            foreach (var version in versions)
            {
                registry.FilledFromLog(version, endOffset);
            }

            _homes = registry.NextToFill() < 0 ? [] : _homes;
        }

        return [.. versions.Where(version => !version.IsFilling)];
    }

    private void Read(IReadOnlyList<FeatureVersion> versions, long fromOffset, long endOffset, long nowMs)
    {
        if (NeedsHomes(fromOffset))
        {
            _homes = timeline.Homes(registry.Current.Versions.Where(version => version.IsFilling).Max(version => version.PutOffset));
        }

        var offsets = new List<long>();
        for (var offset = fromOffset; offset < endOffset; offset++)
        {
            if (_homes[offset] >= 0 && sample?.Applied.Contains(_homes[offset]) != false)
            {
                offsets.Add(offset);
            }
        }

        var then = past.Begin();
        foreach (var (entry, places) in replay().ReadAt(offsets.ToArray()))
        {
            var batch = (EventBatch)entry;
            foreach (var offset in places.Span)
            {
                if (!IsTakenUpAgain(batch))
                {
                    Take(batch[(int)(offset - batch.FirstOffset)], offset, versions, then, nowMs);
                }
            }

            entry.Release();
        }
    }

    /// <summary>Such an event has its effect at its first place.</summary>
    private bool IsTakenUpAgain(EventBatch batch) => batch.ResumedOffset >= 0 && _homes[batch.ResumedOffset] >= 0;

    private void Take(TrackedEvent trackedEvent, long offset, IReadOnlyList<FeatureVersion> versions, IConsentWalk then, long nowMs)
    {
        var number = trackedEvent.IsDropped ? -1 : names.Recall(trackedEvent);
        if (number < 0 || !versions.Any(version => version.Matcher!.Events.Contains(number)))
        {
            return;
        }

        (trackedEvent.Offset, trackedEvent.NameNumber, trackedEvent.ProfileId) = (offset, number, profiles.Canonical(_homes[offset]));
        _items.Rebuild(trackedEvent);
        EventFacts.Read(trackedEvent, kept, _facts);
        var target = new StateTarget(states, trackedEvent.ProfileId, nowMs);
        foreach (var version in versions)
        {
            if (offset < version.PutOffset && version.Matcher!.Events.Contains(number) && IsAllowed(version, trackedEvent, then))
            {
                TakeOne(version, trackedEvent, target);
            }
        }
    }

    private void TakeOne(FeatureVersion version, TrackedEvent trackedEvent, StateTarget target)
    {
        if (version.IsTooLate(trackedEvent))
        {
            version.Counts.LeaveOutLate();
        }
        else
        {
            Observations.Take(version, _facts, in _facts.Events[0], target);
        }
    }

    private bool IsAllowed(FeatureVersion version, TrackedEvent trackedEvent, IConsentWalk then)
    {
        var purpose = version.Definition.Key == FeatureKey.Item ? Purposes.Measure : Purposes.Profile;
        return consent.May(trackedEvent.ProfileId, purpose, trackedEvent.TimestampMs, out _).IsAllowed && then.Allowed(trackedEvent, _homes[(int)trackedEvent.Offset], purpose);
    }
}
