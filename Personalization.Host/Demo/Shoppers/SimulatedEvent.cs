namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// One event on its way to the collection endpoint: Name is the <c>event</c> of a track call, or <c>identify</c> or <c>page</c>;
/// Json is an element of a Segment batch, UTF-8.
/// </summary>
internal sealed record SimulatedEvent(long TimestampMs, int Shopper, string Name, byte[] Json);

/// <summary>An answer of the recommendation endpoint, as far as shoppers care.</summary>
internal sealed record Slate(string DecisionId, string Placement, IReadOnlyList<SlateItem> Items);

/// <summary>One item of a slate, with its reason as the endpoint writes it, for example <c>similar_sessions</c>.</summary>
internal sealed record SlateItem(string Id, string Reason);
