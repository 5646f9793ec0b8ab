using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Life;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What shoppers with a session like this one went on to.</summary>
/// <param name="sessions">What was learnt.</param>
/// <param name="configured">What answers where there are no versions.</param>
/// <param name="versions">Says what answers otherwise.</param>
internal sealed class NeighbourSource(SessionIndex sessions, SessionNeighbours configured, NeighbourVersions? versions = null) : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        var own = context.ProfileId < 0 ? 0 : sessions.Find(context.ProfileId, context.View.SessionNumber);
        var neighbours = versions?.For(context.Placement.ModelVersion, context.Session) ?? configured;
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = neighbours.Find(context.Session, own, context.Scratch, context.Filter, context.Deadline, room);
        context.Slate.Add(room[..count], ReasonCode.SimilarSessions);
    }

    public PartDescription Describe()
    {
        var neighbours = versions?.For(null, []) ?? configured;
        return new("similar_sessions", "What shoppers whose sessions resemble this one went on to.", UsesProfile: true)
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
}
