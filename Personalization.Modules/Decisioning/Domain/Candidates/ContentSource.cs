using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Items that are described like the current one: what is similar before anybody has looked or bought.</summary>
internal sealed class ContentSource(LearnedModels models) : ICandidateSource
{
    public const string Code = "similar_content";

    public void Propose(DecisionContext context)
    {
        if (context.Session.IsEmpty || models.Trained.ContentFor(context.DecisionId) is not { } content)
        {
            return;
        }

        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = content.Find(context.Session[^1], context.Scratch, context.Filter, room);
        context.Slate.Add(room[..count], ReasonCode.SimilarContent);
        models.Trained.Shadow(context.Session[^1]);
    }

    public PartDescription Describe() => new(Code, "Items whose name, category, brand and attributes resemble the current item's; rare words count more.", UsesProfile: false)
        {
            Weights = models.Trained.Content?.Lineage.Options ?? new Dictionary<string, double>(),
        };
}
