using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Rankers;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Journal;

/// <summary>Puts into the log what rankers decided by, so that they learn from the log alone. Of people whose data may train models only.</summary>
internal sealed class RankerTeacher(IEventLog log, KeyHasher hasher)
{
    private static readonly KeySpace Decisions = new(0x44454349);
    private long _lost;

    /// <summary>Answers that the log did not take, and that nothing is learnt from therefore.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public static UInt128 KeyOf(KeyHasher hasher, Guid decisionId) => hasher.Hash(Decisions, decisionId.ToByteArray());

    /// <summary>Completes when they stand in the log.</summary>
    public async Task TellAsync(IReadOnlyCollection<RecordBuffer> decisions)
    {
        List<ShownAnswer> answers = [.. decisions.Where(decision => !decision.Lesson.IsEmpty).Select(Answer)];
        if (answers.Count == 0)
        {
            return;
        }

        var entry = ShownEntry.Of(answers);
        var isTaken = log.TryAppend(entry) == Admission.Accepted;
        try
        {
            if (isTaken)
            {
                await entry.Committed;
            }
            else
            {
                Interlocked.Add(ref _lost, answers.Count);
            }
        }
        finally
        {
            entry.Release();
        }
    }

    private ShownAnswer Answer(RecordBuffer buffer) =>
        new(KeyOf(hasher, buffer.DecisionId), buffer.Lesson.Placement, buffer.AtMs, buffer.Lesson.Items.ToArray(), buffer.Lesson.Features.ToArray());
}
