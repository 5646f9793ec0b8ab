using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What goes together with the newest items of the session.</summary>
/// <param name="model">Viewed or bought together.</param>
/// <param name="reason">Which of the two.</param>
/// <param name="seeds">Newest items that count.</param>
internal sealed class TogetherSource(CoOccurrence model, ReasonCode reason, int seeds) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var session = context.Session;
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = model.Find(session[Math.Max(0, session.Length - seeds)..], context.Scratch, context.Filter, room);
        context.Slate.Add(room[..count], reason);
    }

    public PartDescription Describe() => new(reason == ReasonCode.BoughtTogether ? "bought_together" : "viewed_together", reason == ReasonCode.BoughtTogether ? "What is often bought together with the items of this page or session." : "What is often viewed together with the items of this page or session.", UsesProfile: true)
        {
            Weights = new Dictionary<string, double>
            {
                ["seeds"] = seeds,
                ["partnersPerItem"] = model.PartnersPerItem,
                ["halfLifeDays"] = model.HalfLife.TotalDays,
            },
        };
}
