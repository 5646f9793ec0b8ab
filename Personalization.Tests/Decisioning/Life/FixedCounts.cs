using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;

namespace Personalization.Tests.Decisioning.Life;

/// <summary>Says what came of answers, and keeps what it was asked.</summary>
internal sealed class FixedCounts : ICanaryCounts
{
    public (CanaryTally Live, CanaryTally Tried) Next { get; set; }

    public List<(long FromMs, long UntilMs)> Asked { get; } = [];

    public Func<DecisionRecord, long?> VersionOf { get; private set; } = _ => null;

    public (CanaryTally Live, CanaryTally Tried) Count(Func<DecisionRecord, long?> versionOf, long live, CanaryRun run, long untilMs, CancellationToken cancellationToken)
    {
        VersionOf = versionOf;
        Asked.Add((run.CountedUntilMs, untilMs));
        return Next;
    }
}
