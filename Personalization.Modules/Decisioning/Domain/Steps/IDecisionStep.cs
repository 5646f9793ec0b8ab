using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Steps;

/// <summary>
/// One thing that happens in every decision besides proposing: it waits for nothing, takes no lock that others hold for long, allocates nothing once
/// warm, and asks the context's deadline inside loops that may be long. It may throw: the decision goes on without it and says so. Shared by
/// all threads; what it needs for one decision lies in its scratch.
/// </summary>
internal interface IDecisionStep
{
    DecisionPhase Phase { get; }

    /// <summary>Stable name, snake_case: answers, logs and the decision log say it.</summary>
    string Name { get; }

    /// <summary>Room that one decision at a time works in; made once for each pooled context. Null when the step needs none.</summary>
    object? CreateScratch() => null;

    /// <summary>Candidates that the step wants to choose from, at most <see cref="Slate.MaxPool"/>; the largest wish of all steps is granted.</summary>
    int PoolFor(Placement placement, int limit) => limit;

    /// <summary>
    /// Whether what it does follows from the slate, the features, the decision's id and the placement's options alone. A decision that is repeated asks it again;
    /// what other steps did is taken from the record.
    /// </summary>
    bool IsRepeatable => false;

    /// <summary>Does its part. <see cref="DecisionPhase.Remember"/> finds the finished answer in the context's slate.</summary>
    void Apply(DecisionContext context, object? scratch);
}
