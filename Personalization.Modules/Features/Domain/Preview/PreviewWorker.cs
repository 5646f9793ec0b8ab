using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Preview;

/// <summary>Counts profiles for one thread of a preview.</summary>
/// <param name="snapshot">The thread's own.</param>
/// <param name="question">What is asked.</param>
/// <param name="population">Whom it is asked of.</param>
internal sealed class PreviewWorker(ProfileSnapshot snapshot, PreviewQuestion question, IPreviewPopulation population)
{
    public PreviewTally Tally { get; } = new(question.Compared.Length, question.SampleSize);

    /// <summary>Asks one profile, if it is one.</summary>
    public void Ask(int profileId)
    {
        if (!population.Contains(profileId))
        {
            return;
        }

        Tally.Ask();
        snapshot.Reset(profileId, question.NowMs);
        var isMember = question.Condition.Holds(snapshot);
        if (isMember)
        {
            Tally.Add(profileId);
        }

        for (var i = 0; i < question.Compared.Length; i++)
        {
            if (snapshot.Memberships.IsMember(question.Compared[i], profileId))
            {
                Tally.AddOther(i, isMember);
            }
        }
    }
}

/// <summary>What a preview asks. Shared by its threads.</summary>
/// <param name="Condition">Compiled.</param>
/// <param name="NowMs">As of when, Unix ms of the log's clock.</param>
/// <param name="Compared">Numbers of the segments that it is compared with.</param>
/// <param name="SampleSize">How many members to name.</param>
internal sealed record PreviewQuestion(CompiledCondition Condition, long NowMs, int[] Compared, int SampleSize);

/// <summary>Whom a segment could hold. Any thread; memory only.</summary>
internal interface IPreviewPopulation
{
    /// <summary>Numbers that a profile may have are 0 to this - 1.</summary>
    int Numbers { get; }

    /// <summary>Whether a number is a profile that may be in segments: not merged into another, and free to be profiled.</summary>
    bool Contains(int profileId);
}
