using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// Fills a new version from what profiles did lately, at its place in the log, while no stage runs: from then on it has seen its whole window. Only
/// what the history holds can be filled: a sliding window of profiles, no longer than events are kept, or their session, over properties that always
/// were. All else comes from the log (<see cref="FeatureVersion.FillsFromLog"/>).
/// <para>
/// The history does not know when an event arrived, so lateness is not asked of events before the version; and a profile that did more than is
/// kept lacks its oldest ones, which is counted.
/// </para>
/// </summary>
internal sealed class FeatureBackfill(
    IProfileHistory history, FeatureStates states, IKeptProperties kept, HistoryOptions historyOptions, DeclaredFeaturesOptions options)
{
    private readonly ProfileFacts _facts = new();

    /// <summary>Whether it can be filled. Decided by the log, the options and the definition alone, so a replay decides alike.</summary>
    public bool CanFill(FeatureVersion version) =>
        version.Definition.Key == FeatureKey.Profile &&
        (version.Definition.Window.Kind == WindowKind.Session ||
            (version.Definition.Window.Kind == WindowKind.Sliding && version.Definition.Window.LengthMs <= TimeSpan.FromDays(historyOptions.Days).TotalMilliseconds)) &&
        version.Definition.Properties.All(path => kept.Find(path) is var key and >= 0 && kept.SinceOffset(key) == 0) &&
        history.ProfileCount <= options.MaxProfilesFilled;

    /// <summary>Takes every event in that is kept. Sequencer's thread, while no stage runs.</summary>
    /// <param name="version">Which, compiled.</param>
    /// <param name="nowMs">The log's clock, Unix ms: what has left the window by then is not missed.</param>
    /// <returns>Profiles of which events of the window are missing.</returns>
    public int Fill(FeatureVersion version, long nowMs)
    {
        var incomplete = 0;
        for (var profileId = 0; profileId < history.ProfileCount; profileId++)
        {
            if (!history.TryRead(profileId, _facts))
            {
                continue;
            }

            var target = new Target(states, profileId, nowMs);
            foreach (ref readonly var fact in _facts.Events)
            {
                if (version.Matcher!.Events.Contains(fact.Event))
                {
                    Observations.Take(version, _facts, in fact, target);
                }
            }

            incomplete += IsIncomplete(version, nowMs) ? 1 : 0;
        }

        return incomplete;
    }

    /// <summary>Whether events of the window are missing of some profile, which the log still has.</summary>
    public bool LacksEvents(FeatureVersion version, long nowMs)
    {
        for (var profileId = 0; profileId < history.ProfileCount; profileId++)
        {
            if (history.TryRead(profileId, _facts) && IsIncomplete(version, nowMs))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsIncomplete(FeatureVersion version, long nowMs) =>
        _facts.IncompleteUntilMs > (version.Definition.Window.Kind == WindowKind.Session ? StartOfSession() : nowMs - version.Definition.Window.LengthMs);

    /// <summary>The first event of the last session that is kept, Unix ms.</summary>
    private long StartOfSession()
    {
        var events = _facts.Events;
        var startMs = long.MaxValue;
        foreach (ref readonly var fact in events)
        {
            startMs = fact.Session == events[^1].Session ? Math.Min(startMs, fact.TimeMs) : startMs;
        }

        return startMs;
    }

    private readonly struct Target(FeatureStates states, int profileId, long nowMs) : IObservationTarget
    {
        public void Add(FeatureVersion version, int item, in Observation observation) => states.AddToProfile(version, profileId, in observation, nowMs);
    }
}
