using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What shoppers with a session like this one went on to.</summary>
/// <param name="sessions">What was learnt.</param>
/// <param name="configured">What answers where there are no versions.</param>
/// <param name="trained">How much slates follow the last click here.</param>
/// <param name="versions">Says what answers otherwise.</param>
internal sealed class NeighbourSource(SessionIndex sessions, SessionNeighbours configured, TrainedModels trained, NeighbourVersions? versions = null) : ICandidateSource
{
    public const string Code = "similar_sessions";

    public void Propose(DecisionContext context)
    {
        var own = context.ProfileId < 0 ? 0 : sessions.Find(context.ProfileId, context.View.SessionNumber);
        var (neighbours, version) = versions?.For(context.Placement.ModelVersion, context.Session, context.DecisionId) ?? (configured, 1);
        context.NeighbourVersion = version;
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = neighbours.Find(context.Session, own, context.Scratch, context.Filter, context.Deadline, room, PowerFor(context));
        context.Slate.Add(room[..count], ReasonCode.SimilarSessions);
        trained.Shadow(neighbours, context.Session, MayProposeCurrent(context));
    }

    private static bool MayProposeCurrent(DecisionContext context) => context.Request.AllowCurrentItem ?? context.Placement.AllowCurrentItem;

    private float PowerFor(DecisionContext context) => trained.SessionOrderFor(context.DecisionId) is not { } order ? 0
        : MayProposeCurrent(context) ? order.PowerWithCurrent
        : order.Power;

    public PartDescription Describe()
    {
        var neighbours = versions?.Live ?? configured;
        return new(Code, "What shoppers whose sessions resemble this one went on to.", UsesProfile: true)
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
                ["nextPower"] = trained.SessionOrder?.Power ?? 0,
                ["nextPowerWithCurrent"] = trained.SessionOrder?.PowerWithCurrent ?? 0,
                ["revisit"] = neighbours.Weights.Revisit,
            },
        };
    }
}
