namespace Personalization.Features.Domain.Feed;

/// <summary>How much of a feed is kept for readers that come late.</summary>
/// <param name="Facts">The newest so many, of all shards together.</param>
/// <param name="Age">Nothing older, by the log's clock.</param>
internal readonly record struct FeedLimits(int Facts, TimeSpan Age);
