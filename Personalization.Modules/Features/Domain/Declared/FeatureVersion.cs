using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Declared;

/// <summary>Where a version is on its way. Stored by number: numbers stay.</summary>
internal enum VersionPhase : byte
{
    /// <summary>It takes events in beside the live one, and is not read yet.</summary>
    Preparing = 1,
    Live,

    /// <summary>Its states are gone.</summary>
    Retired,
}

/// <summary>
/// One version of a feature, ready to take events in. What is compiled is replaced when more names of events come to be known; counts and freshness
/// go on.
/// </summary>
internal sealed class FeatureVersion
{
    /// <summary>Names its sections; given in log order, never twice.</summary>
    public required int Number { get; init; }

    public required FeatureDefinition Definition { get; init; }

    /// <summary>From 1.</summary>
    public required int Version { get; init; }

    /// <summary>Place in the log at which it was put: it takes in what comes later.</summary>
    public required long PutOffset { get; init; }

    /// <summary>Unix ms.</summary>
    public required long PutAtMs { get; init; }

    public VersionPhase Phase { get; set; }

    /// <summary>Whether it took in, when it was put, what profiles had done in its window before.</summary>
    public bool IsFilled { get; set; }

    /// <summary>Of a filled one: profiles of which events of the window were no longer kept.</summary>
    public int IncompleteProfiles { get; set; }

    /// <summary>Whether it takes in what was before it from the log, a piece at a time.</summary>
    public bool FillsFromLog { get; set; }

    /// <summary>Of one that does: the events before this place are in it.</summary>
    public long FilledThrough { get; set; }

    /// <summary>Whether there is more to take in.</summary>
    public bool IsFilling => FillsFromLog && FilledThrough < PutOffset;

    /// <summary>The definition as it was put.</summary>
    public required string Body { get; init; }

    /// <summary>Null for a ratio.</summary>
    public Aggregate? Aggregate { get; init; }

    /// <summary>Whether its states are freed when their time is over; those of items wait for the next event.</summary>
    public bool IsFreed => Aggregate is ExpiringAggregate && Definition.Key == FeatureKey.Profile;

    /// <summary>Which events; null for a ratio.</summary>
    public IEventMatcher? Matcher { get; set; }

    /// <summary>Numbers of the properties that are measured and split by; -1 for none.</summary>
    public int OfKey { get; set; } = -1;

    public int ByKey { get; set; } = -1;

    public FeatureCounts Counts { get; init; } = new();

    public string Id => Definition.Id;

    public bool IsAlive => Phase != VersionPhase.Retired;

    /// <summary>By the event's own times, so that whenever it is asked the same ones are left out. What is imported is late by nature.</summary>
    public bool IsTooLate(TrackedEvent trackedEvent) =>
        !trackedEvent.IsHistorical && trackedEvent.ReceivedAtMs - trackedEvent.TimestampMs > Definition.LatenessMs;

    /// <summary>When a state that is not empty may be freed, Unix ms: nothing that is not too late can join it then.</summary>
    public long FreedAtMs(ReadOnlySpan<byte> state) => ((ExpiringAggregate)Aggregate!).EndsAtMs(state) + Definition.LatenessMs;

    /// <summary>Whether each line of an event is an observation, and not the event.</summary>
    public bool IsByLine => Definition.Key == FeatureKey.Item || Definition.Of?.Source == ValueSource.Product || Definition.By?.Source == ValueSource.Product;
}

/// <summary>What one version has seen since the process started. Any thread.</summary>
internal sealed class FeatureCounts
{
    private long _observed;
    private long _late;
    private long _refused;
    private long _freed;

    public long Observed => Volatile.Read(ref _observed);

    /// <summary>Events that were older than the lateness when they arrived.</summary>
    public long Late => Volatile.Read(ref _late);

    /// <summary>Amounts that were none: absent, no number, or too large.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>States that were freed because their time to live was over.</summary>
    public long Freed => Volatile.Read(ref _freed);

    public Freshness Freshness { get; } = new();

    public void Observe() => Interlocked.Increment(ref _observed);

    public void LeaveOutLate() => Interlocked.Increment(ref _late);

    public void Free() => Interlocked.Increment(ref _freed);

    public void Refuse() => Interlocked.Increment(ref _refused);
}
