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

    public PartDescription Describe() => new("similar_sessions", "What shoppers whose sessions resemble this one went on to.", UsesProfile: true)
        {
            Weights = new Dictionary<string, double>
            {
                ["sessionsPerItem"] = neighbours.Weights.SessionsPerItem,
                ["neighbours"] = neighbours.Weights.Neighbours,
                ["queryItems"] = neighbours.Weights.QueryItems,
                ["queryDecay"] = neighbours.Weights.QueryDecay,
                ["similarityPower"] = neighbours.Weights.SimilarityPower,
                ["distanceDecay"] = neighbours.Weights.DistanceDecay,
                ["backward"] = neighbours.Weights.Backward,
                ["repeat"] = neighbours.Weights.Repeat,
                ["revisit"] = neighbours.Weights.Revisit,
            },
        };
}
