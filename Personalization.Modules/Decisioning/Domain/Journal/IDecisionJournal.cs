using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Journal;

/// <summary>Where decisions are written down. Never waits; what cannot be taken is counted. Any thread.</summary>
internal interface IDecisionJournal
{
    /// <summary>Whether a decision that begins at this time will be written down.</summary>
    bool Wants(long nowMs);

    /// <summary>A decision that was wanted has been made.</summary>
    void Write(DecisionContext context, Recommendations answer);
}
