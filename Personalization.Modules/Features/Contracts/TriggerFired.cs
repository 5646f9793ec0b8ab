using MediatR;

namespace Personalization.Features.Contracts;

/// <summary>What kind of thing a trigger waits for. Stored by number: numbers stay.</summary>
public enum TriggerKind : byte
{
    /// <summary>Events that follow each other, and some that do not.</summary>
    Pattern = 1,

    /// <summary>An item that the shopper was interested in costs less.</summary>
    PriceDrop = 2,

    /// <summary>An item that the shopper was interested in can be sold again.</summary>
    BackInStock = 3,

    /// <summary>The shopper does much less than they used to.</summary>
    EngagementFall = 4,

    /// <summary>The shopper came into a segment, or left it.</summary>
    Segment = 5,
}

/// <summary>
/// A trigger fired for a profile. Published once while the process runs; after a crash perhaps again, with the same <see cref="Id"/>. The shopper
/// allowed to be profiled at that time; whoever sends them something asks for <c>activate</c> too, when it sends.
/// </summary>
/// <param name="Id">Names the firing, the same in every replay: trigger, version, profile and anchor.</param>
/// <param name="TriggerId">Which trigger.</param>
/// <param name="Version">Of which version.</param>
/// <param name="Kind">What it waits for.</param>
/// <param name="ProfileId">For whom; the profile that it was then.</param>
/// <param name="Anchor">
/// Offset of what it hangs on: the pattern's last event, the catalogue's change, the last event before engagement fell. Of a segment, the
/// time of the change, Unix ms.
/// </param>
/// <param name="AtMs">When it was due, Unix ms of the log's clock; of an absence exactly its end.</param>
/// <param name="Item">Number of the item that it is about; -1 when it is about none.</param>
public sealed record TriggerFired(
    string Id, string TriggerId, int Version, TriggerKind Kind, int ProfileId, long Anchor, long AtMs, int Item) : INotification;
