using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What shoppers with a session like this one went on to.</summary>
internal sealed class NeighbourSource(SessionIndex sessions, SessionNeighbours neighbours) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var own = context.ProfileId < 0 ? 0 : sessions.Find(context.ProfileId, context.View.SessionNumber);
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = neighbours.Find(context.Session, own, context.Scratch, context.Filter, context.Deadline, room);
        context.Slate.Add(room[..count], ReasonCode.SimilarSessions);
    }
}
