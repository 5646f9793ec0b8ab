using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What is popular among shoppers of the same segment, and at this hour: before what is popular with everybody at any time.</summary>
internal sealed class ContextPopularSource(LearnedModels models) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var contexts = models.Contexts;
        if (context.ProfileId >= 0 && contexts.SegmentOf(context.ProfileId) is >= 0 and var segment)
        {
            context.Slate.Add(models.ContextPopularity.Of(segment), ReasonCode.PopularHere);
        }

        if (contexts.UsesHours)
        {
            context.Slate.Add(models.ContextPopularity.Of(contexts.HourOf(context.NowMs)), ReasonCode.PopularHere);
        }
    }

    public PartDescription Describe() => new("popular_here", "What is viewed and bought most in the shopper's segment, and at this hour.", UsesProfile: true)
        {
            Weights = new Dictionary<string, double> { ["halfLifeDays"] = models.ContextPopularity.HalfLife.TotalDays },
        };
}
