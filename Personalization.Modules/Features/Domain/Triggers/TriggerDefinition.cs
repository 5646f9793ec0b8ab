using System.Collections.Immutable;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Triggers;

/// <summary>A trigger, as it was written.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Which version.</param>
/// <param name="Waits">What it waits for.</param>
/// <param name="If">What must hold besides when it is due; null for nothing.</param>
/// <param name="CooldownMs">After it fired for a profile it does not for this long; due times less apart than this are one.</param>
/// <param name="Limit">How often it fires for a profile at most, and within how long, in ms; null for no limit of its own.</param>
/// <param name="ExpiresMs">
/// How late it may still fire, in ms after it was due: an event that comes later than that tells of something that no longer matters.
/// </param>
internal sealed record TriggerDefinition(
    string Id, int Version, TriggerWait Waits, Condition? If, long CooldownMs, (int Count, long WindowMs)? Limit, long ExpiresMs);

/// <summary>What a trigger waits for.</summary>
internal abstract record TriggerWait(TriggerKind Kind);

/// <summary>Steps that follow each other; absent ones between them, or at the end, where it fires at exactly the end of their time.</summary>
internal sealed record PatternWait(ImmutableArray<SequenceStep> Steps, long? WithinMs) : TriggerWait(TriggerKind.Pattern);

/// <summary>An item that the profile was interested in changes.</summary>
/// <param name="Kind"><see cref="TriggerKind.PriceDrop"/> or <see cref="TriggerKind.BackInStock"/>.</param>
/// <param name="Interest">Events that show interest in their items.</param>
/// <param name="Unless">Events that end it: they came after, with the same item.</param>
/// <param name="WithinMs">How long before the change the interest was shown at most.</param>
/// <param name="MinShare">Of a price: the least share of the former price by which it falls.</param>
/// <param name="MinAmount">The least amount by which it falls.</param>
internal sealed record ItemWait(
    TriggerKind Kind, EventPattern Interest, EventPattern? Unless, long WithinMs, double MinShare, decimal MinAmount) : TriggerWait(Kind);

/// <summary>
/// The rate of events in the last window falls below a share of the rate in the time before it.
/// </summary>
/// <param name="Events">Which events count.</param>
/// <param name="WindowMs">The last window.</param>
/// <param name="BaselineMs">The time before it that it is compared with.</param>
/// <param name="Share">Above 0, below 1.</param>
/// <param name="MinEvents">Events that the time before must hold: of little, less says nothing.</param>
internal sealed record EngagementWait(EventPattern Events, long WindowMs, long BaselineMs, double Share, int MinEvents) : TriggerWait(TriggerKind.EngagementFall);

/// <summary>A membership changes.</summary>
internal sealed record SegmentWait(string Segment, bool OnEntry) : TriggerWait(TriggerKind.Segment);
