using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>How an answer is written.</summary>
/// <param name="IsExplained">Whether each item says why it is there.</param>
/// <param name="Catalog">Names the items in explanations.</param>
/// <param name="CacheSeconds">For which others may keep it if nothing personal is in it; 0 for not at all.</param>
/// <param name="IsStale">Whether it does not know all that it was to wait for.</param>
internal readonly record struct AnswerTerms(bool IsExplained, ICatalog? Catalog, int CacheSeconds, bool IsStale);
