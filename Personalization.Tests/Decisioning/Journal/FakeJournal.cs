using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Tests.Decisioning.Journal;

/// <summary>Writes every decision down in memory, as bytes, and reads them back.</summary>
internal sealed class FakeJournal(CandidatePlan plan, IEnumerable<IDecisionStep> steps) : IDecisionJournal
{
    private readonly string[] _steps = [.. steps.OrderBy(step => step.Phase).Select(step => step.Name)];
    private readonly RecordBuffer _buffer = new();

    public bool IsOn { get; set; } = true;

    public List<DecisionRecord> Kept { get; } = [];

    public RankerSnapshot? Ranker { get; private set; }

    public int Bytes => _buffer.Length;

    public bool Wants(long nowMs) => true;

    public void Write(DecisionContext context, Recommendations answer)
    {
        DecisionRecord.Write(context, answer, plan, _steps, _buffer);
        if (IsOn)
        {
            Ranker = context.Ranker;
            Kept.Add(DecisionRecord.Read(_buffer.Bytes));
        }
    }
}
