using MediatR;

namespace Personalization.Tracking.Contracts;

/// <summary>Something about the events that a person should look at. Immutable: a change of state is a new record with the same id.</summary>
/// <param name="Id">Stable.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Event">Name of the track call, or the kind of another call (<c>page</c>); null when it is about the source as a whole.</param>
/// <param name="Subject">Property of the payload, or number of the profile; null where neither is meant.</param>
/// <param name="Expected">What would be usual, in the unit of the kind.</param>
/// <param name="Observed">What was seen, in the same unit.</param>
/// <param name="Detail">A sentence with the evidence; nothing personal.</param>
/// <param name="SinceMs">First sign of it, our clock, Unix ms.</param>
/// <param name="RaisedAtMs">When it was sure enough to be raised, Unix ms.</param>
/// <param name="ClearedAtMs">When it was over; null while it is open.</param>
/// <param name="AcknowledgedAtMs">When somebody said that they had seen it; null before.</param>
public sealed record QualityFlag(
    Guid Id,
    QualityFlagKind Kind,
    QualitySeverity Severity,
    string Source,
    string? Event,
    string? Subject,
    double Expected,
    double Observed,
    string Detail,
    long SinceMs,
    long RaisedAtMs,
    long? ClearedAtMs,
    long? AcknowledgedAtMs)
{
    public bool IsOpen => ClearedAtMs is null;
}

/// <summary>What a flag is about. Names stand in answers and on disk: they stay.</summary>
public enum QualityFlagKind
{
    /// <summary>Fewer events than the baseline, or none; events in the window.</summary>
    VolumeDrop,

    /// <summary>More events than the baseline; events in the window.</summary>
    VolumeSpike,

    /// <summary>Share of refused events, 0–1.</summary>
    InvalidShare,

    /// <summary>Share of repeated message ids, 0–1.</summary>
    DuplicateShare,

    /// <summary>Share of events that happened more than a day before they came, 0–1.</summary>
    LateShare,

    /// <summary>Median error of the clients' clocks, seconds; positive when they are behind.</summary>
    ClockSkew,

    /// <summary>A number far outside what the property usually holds, in the property's unit.</summary>
    ValueOutlier,

    /// <summary>A property that nearly every event had is gone; share of events that have it, 0–1.</summary>
    PropertyMissing,

    /// <summary>A property that was a number is something else; share of values that are numbers, 0–1.</summary>
    PropertyTypeChanged,

    /// <summary>A client that behaves like a program; events a minute.</summary>
    BotLikeClient,
}

/// <summary>How bad it is.</summary>
public enum QualitySeverity
{
    Warning,
    Critical,
}

/// <summary>A flag was raised. Published at most seconds later, while live only.</summary>
/// <param name="Flag">As it was raised.</param>
public sealed record QualityFlagRaised(QualityFlag Flag) : INotification;

/// <summary>What a flag was about is over.</summary>
/// <param name="Flag">With the time of its end.</param>
public sealed record QualityFlagCleared(QualityFlag Flag) : INotification;
