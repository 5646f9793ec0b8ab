namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// A part that proposes items. It adds to the slate of the context, waits for nothing, and asks the context's deadline inside
/// loops that may be long. It may throw: the decision goes on without it and says so. Shared by all threads.
/// </summary>
internal interface ICandidateSource
{
    void Propose(DecisionContext context);

    /// <summary>What the part looks at and with which numbers, read from the part itself: it is published.</summary>
    PartDescription Describe() => new(GetType().Name, "A part that does not describe itself.", UsesProfile: false);
}
