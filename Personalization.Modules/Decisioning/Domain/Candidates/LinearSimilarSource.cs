using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What goes with the current item in the purchases of all, popularity taken out: the linear model's row of the item.</summary>
internal sealed class LinearSimilarSource(LearnedModels models) : ICandidateSource
{
    public const string Code = "linear_items";

    public void Propose(DecisionContext context)
    {
        if (context.Session.IsEmpty || models.Trained.NextPurchasesFor(context.DecisionId) is not { } model)
        {
            return;
        }

        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = model.FindSimilar(context.Session[^1], context.Filter, room);
        context.Slate.Add(room[..count], ReasonCode.BoughtTogether);
    }

    public PartDescription Describe() => new(Code, "What shoppers who bought the current item bought too, popularity taken out.", UsesProfile: false);
}
