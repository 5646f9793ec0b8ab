using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Decisioning.Pipeline.Journal;

/// <summary>Where the decision log hears what came of its decisions. A replay has one without a journal: it must not write beside the running instance.</summary>
internal sealed class DecisionOutcomes
{
    private volatile DecisionJournal? _journal;

    /// <summary>From here on outcomes are written down.</summary>
    public void Connect(DecisionJournal journal) => _journal = journal;

    public void Write(Outcome outcome) => _journal?.Write(outcome);
}
