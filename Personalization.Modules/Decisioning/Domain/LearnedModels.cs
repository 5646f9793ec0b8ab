namespace Personalization.Decisioning.Domain;

/// <summary>Everything that learns from events, built from the options once.</summary>
internal sealed class LearnedModels(DecisioningOptions options)
{
    public SessionIndex Sessions { get; } = new(options.MaxSessions, options.SessionsPerItem, options.MaxItems);

    public CoOccurrence ViewedTogether { get; } =
        new(options.PartnersPerItem, TimeSpan.FromDays(options.TogetherHalfLifeDays), options.MaxItems);

    public CoOccurrence BoughtTogether { get; } =
        new(options.PartnersPerItem, TimeSpan.FromDays(options.TogetherHalfLifeDays), options.MaxItems);

    public Popularity Popularity { get; } =
        new(TimeSpan.FromDays(options.PopularHalfLifeDays), TimeSpan.FromHours(options.TrendingHalfLifeHours), options.MaxItems);
}
