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
}
