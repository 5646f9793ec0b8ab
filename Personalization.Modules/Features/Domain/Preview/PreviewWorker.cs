using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Preview;

/// <summary>Counts profiles for one thread of a preview.</summary>
/// <param name="snapshot">The thread's own.</param>
/// <param name="question">What is asked.</param>
/// <param name="population">Whom it is asked of.</param>
internal sealed class PreviewWorker(ProfileSnapshot snapshot, PreviewQuestion question, IPreviewPopulation population)
{
    /// <summary>So many profiles take about as long as memory does.</summary>
    private const int Ahead = 4;

    private readonly ProfileSnapshot _snapshot = Prepare(snapshot, question);

    public PreviewTally Tally { get; } = new(question.Compared.Length, question.SampleSize);

    /// <summary>Asks those of a range who are profiles, one after the other.</summary>
    public void AskAll(int first, int end)
    {
        for (var profileId = first; profileId < end; profileId++)
        {
            _snapshot.Prefetch(profileId + Ahead);
            Ask(profileId);
        }
    }

    /// <summary>Asks one profile, if it is one.</summary>
    public void Ask(int profileId)
    {
        if (!population.Contains(profileId))
        {
            return;
        }

        Tally.Ask();
        _snapshot.Reset(profileId, question.NowMs);
        var isMember = question.Condition.Holds(_snapshot);
        if (isMember)
        {
            Tally.Add(profileId);
        }

        for (var i = 0; i < question.Compared.Length; i++)
        {
            if (_snapshot.Memberships.IsMember(question.Compared[i], profileId))
            {
                Tally.AddOther(i, isMember);
            }
        }
    }

    private static ProfileSnapshot Prepare(ProfileSnapshot snapshot, PreviewQuestion question)
    {
        snapshot.NeedsProperties = question.NeedsProperties;
        return snapshot;
    }
}

/// <summary>What a preview asks. Shared by its threads.</summary>
/// <param name="Condition">Compiled.</param>
/// <param name="NowMs">As of when, Unix ms of the log's clock.</param>
/// <param name="Compared">Numbers of the segments that it is compared with.</param>
/// <param name="SampleSize">How many members to name.</param>
/// <param name="NeedsProperties">Whether the condition asks for properties of events.</param>
internal sealed record PreviewQuestion(CompiledCondition Condition, long NowMs, int[] Compared, int SampleSize, bool NeedsProperties);

/// <summary>Whom a segment could hold. Any thread; memory only.</summary>
internal interface IPreviewPopulation
{
    /// <summary>Numbers that a profile may have are 0 to this - 1.</summary>
    int Numbers { get; }

    /// <summary>Whether a number is a profile that may be in segments: not merged into another, and free to be profiled.</summary>
    bool Contains(int profileId);
}
