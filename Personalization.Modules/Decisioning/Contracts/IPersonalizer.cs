using System.Text.Json;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Contracts;

/// <summary>Answers "what do we show here". In process; the REST endpoints call the same thing. Thread-safe.</summary>
public interface IPersonalizer
{
    /// <summary>
    /// Never throws for a known placement and waits for nothing: a part that fails or is late is replaced by the baseline, and the
    /// answer says so. It is made on the caller's own thread, so a part that does not come back at all holds the first callers, until it is found
    /// out and left out.
    /// </summary>
    /// <returns>The answer, or null when there is no placement of that name.</returns>
    Recommendations? Recommend(RecommendationRequest request);

    /// <summary>
    /// The same on another thread, some ten microseconds dearer: a part that does not come back holds nobody who asks like this. When the
    /// placement's budget is nearly over the baseline has answered. Questions over HTTP are answered like this as well, without the other thread.
    /// </summary>
    /// <returns>The answer, or null when there is no placement of that name.</returns>
    Task<Recommendations?> RecommendAsync(RecommendationRequest request);

    /// <summary>Names of the configured placements.</summary>
    IReadOnlyCollection<string> Placements { get; }

    /// <summary>Seconds for which others may keep a placement's answers that nothing personal went into; 0 for not at all.</summary>
    int CacheSecondsOf(string placement) => 0;
}

/// <summary>A question. Only the placement is required: without identifiers the answer is contextual.</summary>
public sealed record RecommendationRequest
{
    public required string Placement { get; init; }

    public string? UserId { get; init; }

    public string? AnonymousId { get; init; }

    /// <summary>
    /// Items of the page or of the current session, oldest first, by id. When given they take the place of the profile's
    /// session; <c>similar</c> and <c>bought-together</c> need at least one. At most 64 are read, the newest.
    /// </summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Never in the answer. At most 256.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>Items wanted, 1 to 100; null for the placement's own number.</summary>
    public int? Limit { get; init; }

    /// <summary>The request came with <c>Sec-GPC: 1</c>. A recommendation hands nothing on to others, so it changes only that the answer says so.</summary>
    public bool HasGpc { get; init; }

    /// <summary>Whether the answer says of each item in words why it is there. Changes nothing else; in process the reason code says it.</summary>
    public bool Explain { get; init; }

    /// <summary>
    /// Over HTTP: whether the answer waits until every event acknowledged before the question counts, and says when it did not wait long
    /// enough. In process one awaits <see cref="IAppliedEvents.CatchUpAsync"/> before asking.
    /// </summary>
    public bool Fresh { get; init; }

    /// <summary>Whether the newest of the session's items may be recommended again; null for the placement's own setting.</summary>
    public bool? AllowCurrentItem { get; init; }

    /// <summary>What the shop says of the request: device, place, campaign, channel. Null for nothing.</summary>
    public RequestContext? Context { get; init; }

    /// <summary>Set when somebody only wants to see what would be answered: nothing is counted or remembered.</summary>
    internal DecisionTrial? Trial { get; init; }
}

/// <summary>An answer: a ranked slate, and where it comes from.</summary>
public sealed record Recommendations
{
    /// <summary>Send it back with exposures and clicks (<c>properties.decision_id</c>).</summary>
    public required Guid DecisionId { get; init; }

    public required string Placement { get; init; }

    /// <summary>Best first; may be shorter than asked when the shop has nothing else to offer.</summary>
    public required IReadOnlyList<RecommendedItem> Items { get; init; }

    /// <summary>Offers and content, best first; null when there are none. They are counted as shown.</summary>
    public IReadOnlyList<RecommendedOffer>? Offers { get; init; }

    /// <summary>Name and version of what made the answer, for example <c>session-knn@1:48213</c>: the number after the <c>@</c> is the version of the
    /// session neighbours that were asked (1 where none were), the part after the colon grows as they learn.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>What the shopper's consent says of the purposes that a personalised answer needs.</summary>
    public required ConsentUse Consent { get; init; }

    /// <summary>Whether the shopper's own profile was used.</summary>
    public required bool IsPersonalized { get; init; }

    /// <summary>Why it was not, when it was not: <c>unknown_profile</c>, <c>consent_default</c>, <c>consent_denied</c>, <c>no_history</c>, <c>profile_not_in_memory</c>, <c>kill_switch</c>, <c>no_active_policy</c>; else null.</summary>
    public string? NotPersonalizedReason { get; init; }

    /// <summary>
    /// Why the baseline answered in place of the models: <c>budget_exceeded</c>, <c>model_failed</c>, <c>part_left_out</c>, <c>kill_switch</c>,
    /// <c>no_active_policy</c>; null when it did not.
    /// </summary>
    public string? FallbackReason { get; init; }

    /// <summary>Codes of the parts whose items are in the answer, as in the placement's main parameters.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Codes of parts that failed, were late or were not asked for that reason.</summary>
    public IReadOnlyList<string> MissingParts { get; init; } = [];

    /// <summary>Whether the placement's kill switch is on: no model was asked and no profile read.</summary>
    public bool IsKillSwitchOn { get; init; }

    /// <summary>Key of the experiment that chose what the placement does; null when none did.</summary>
    public string? Experiment { get; init; }

    /// <summary>Key of its arm that the shopper is in; null when there is no experiment.</summary>
    public string? Variant { get; init; }
}

/// <summary>The verdicts that an answer stands on.</summary>
/// <param name="Profile">Whether a profile may be built and read.</param>
/// <param name="Personalise">Whether it may decide what is shown.</param>
/// <param name="IsGpcHonoured">The question came with Global Privacy Control on.</param>
public readonly record struct ConsentUse(ConsentVerdict Profile, ConsentVerdict Personalise, bool IsGpcHonoured)
{
    public bool IsAllowed => Profile.IsAllowed && Personalise.IsAllowed;
}

/// <summary>One item of a slate.</summary>
/// <param name="Id">The shop's item id.</param>
/// <param name="Score">Comparable within one slate only; falls with the rank.</param>
/// <param name="Reason">Which part proposed it; see <see cref="ReasonCode"/>.</param>
/// <param name="BecauseOf">Id of the shopper's or page's item that led here, when there is one.</param>
public readonly record struct RecommendedItem(string Id, float Score, ReasonCode Reason, string? BecauseOf);

/// <summary>An offer, or a piece of content, of an answer.</summary>
/// <param name="Id">Send it back as <c>offer_id</c> with <c>Offer Clicked</c> and <c>Offer Dismissed</c>.</param>
/// <param name="Version">Which version of it.</param>
/// <param name="Kind"><c>offer</c> or <c>content</c>.</param>
/// <param name="Score">The share of what was shown of it that was clicked, smoothed.</param>
/// <param name="Payload">What the shop needs to show it, as it was put.</param>
public sealed record RecommendedOffer(string Id, int Version, string Kind, float Score, JsonElement Payload);

/// <summary>Why an item is in the slate. In JSON as snake_case.</summary>
public enum ReasonCode : byte
{
    /// <summary>Shoppers whose sessions look like this one went on to it.</summary>
    SimilarSessions,

    /// <summary>Viewed together with the item named in BecauseOf.</summary>
    ViewedTogether,

    /// <summary>Bought together with the item named in BecauseOf.</summary>
    BoughtTogether,

    /// <summary>From a category or brand that the shopper prefers.</summary>
    Affinity,

    /// <summary>Rising now.</summary>
    Trending,

    /// <summary>Popular in the shop.</summary>
    Popular,

    /// <summary>The shopper looked at it recently.</summary>
    RecentlyViewed,

    /// <summary>New in the catalogue, and nothing better is known.</summary>
    NewArrival,

    /// <summary>A rule of the shop put it at its place.</summary>
    PinnedByRule,

    /// <summary>A rule of the shop wants such items among the first.</summary>
    RequiredByRule,

    /// <summary>Chosen by chance.</summary>
    Random,

    /// <summary>The shopper bought it before, and is likely to buy it again.</summary>
    BuyAgain,

    /// <summary>Shoppers who bought the same went on to buy it.</summary>
    NextPurchase,

    /// <summary>The catalogue describes it like the item named in BecauseOf.</summary>
    SimilarContent,

    /// <summary>Popular among shoppers like this one, or at this hour.</summary>
    PopularHere,
}
