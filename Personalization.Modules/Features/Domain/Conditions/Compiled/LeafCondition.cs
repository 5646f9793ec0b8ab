namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>A condition without parts.</summary>
internal abstract class LeafCondition(Condition source) : CompiledCondition
{
    public sealed override Explanation Explain(ProfileSnapshot profile)
    {
        var evidence = new Evidence();
        Tell(profile, evidence);
        return new Explanation(
            Path, Holds(profile), ConditionText.Of(source), evidence.Value, evidence.Offsets, LookAhead.TurnsAt(this, profile), []);
    }

    /// <summary>What was found.</summary>
    protected abstract void Tell(ProfileSnapshot profile, Evidence evidence);
}

/// <summary>What a condition found, for a person to see.</summary>
internal sealed class Evidence
{
    /// <summary>Events that are named at most.</summary>
    public const int MaxOffsets = 20;

    private readonly List<long> _offsets = [];

    public string? Value { get; set; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<long> Offsets => _offsets;

    /// <summary>Names an event that is older than those named so far; too many are left out, the newest decide.</summary>
    public void AddOlder(long offset)
    {
        if (_offsets.Count < MaxOffsets)
        {
            _offsets.Insert(0, offset);
        }
    }
}

/// <summary>Finds when an answer turns by itself.</summary>
internal static class LookAhead
{
    /// <summary>Times that are looked at: more than a profile keeps events, each of which leaves a window once.</summary>
    private const int MaxSteps = 2_000;

    /// <summary>
    /// Steps from change to change until the answer is another; null for never. Should it take more steps than that, it is the time that was
    /// come to, before which it does not turn.
    /// </summary>
    public static long? TurnsAt(CompiledCondition condition, ProfileSnapshot profile)
    {
        var nowMs = profile.NowMs;
        profile.AskAnew();
        var before = condition.Holds(profile);
        var next = profile.NextChangeMs;
        for (var step = 0; next != long.MaxValue && step < MaxSteps; step++)
        {
            profile.LookAt(next);
            if (condition.Holds(profile) != before)
            {
                break;
            }

            next = profile.NextChangeMs;
        }

        profile.LookAt(nowMs);
        return next == long.MaxValue ? null : next;
    }
}
