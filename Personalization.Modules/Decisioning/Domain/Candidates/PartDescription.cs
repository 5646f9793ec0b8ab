namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>A part of a placement's plan, for shoppers and authorities.</summary>
/// <param name="Code">Stable name, snake_case.</param>
/// <param name="Text">What it looks at, in plain words.</param>
/// <param name="UsesProfile">Whether it looks at what is known of the shopper beyond the page and the request.</param>
internal sealed record PartDescription(string Code, string Text, bool UsesProfile)
{
    /// <summary>The numbers that it works with now, by name.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();
}
