using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// Steps that follow each other. For each event that can end a step, the best chain of events up to it is kept: the one that began latest,
/// since that one leaves the window last. One pass over the events a step.
/// </summary>
internal sealed class SequenceCondition : LeafCondition
{
    private const long NoChain = long.MinValue;

    private readonly Window _window;
    private readonly SequenceStage[] _stages;
    private readonly PatternMatcher? _absentAtEnd;
    private readonly long _absentForMs;

    public SequenceCondition(Sequence source, Window window, Func<EventPattern, PatternMatcher> compile)
        : base(source)
    {
        _window = window;
        var stages = new List<SequenceStage>();
        PatternMatcher? absent = null;
        foreach (var step in source.Steps)
        {
            if (step.IsAbsent)
            {
                absent = compile(step.Pattern);
                _absentForMs = step.WithinMs ?? 0;
                continue;
            }

            stages.Add(new SequenceStage(compile(step.Pattern), step.Times, step.WithinMs ?? long.MaxValue, absent));
            absent = null;
        }

        _stages = [.. stages];
        _absentAtEnd = absent;
    }

    public override int Cost => 100 * _stages.Length;

    public override bool Holds(ProfileSnapshot profile)
    {
        var bounds = _window.Of(profile);
        var room = profile.Room;
        var facts = profile.Facts;
        room.Ensure(facts.Events.Length);
        var first = FirstWithin(facts, bounds);
        return !bounds.IsEmpty && TryChain(facts, bounds, first, room, _stages.Length) && Conclude(profile, facts, first, room.Chains);
    }

    /// <summary>
    /// The latest event ends the last step or comes behind all of it; an earlier one can be any part of a chain, or between two. Where an absence has to follow the
    /// last step, what the latest event ends is worth nothing before that absence is over.
    /// </summary>
    public override Effect EffectOf(Arrival arrival)
    {
        if (_window.IsSession)
        {
            return Effect.Any;
        }

        var effect = Matches(_absentAtEnd, arrival) ? Effect.Against : Effect.None;
        if (arrival.IsNewest && _absentAtEnd is not null && arrival.Fact.TimeMs + _absentForMs is var dueMs && dueMs > arrival.NowMs)
        {
            if (Matches(_stages[^1].Pattern, arrival))
            {
                arrival.ChangesAt(dueMs);
            }

            return effect;
        }

        for (var i = arrival.IsNewest ? _stages.Length - 1 : 0; i < _stages.Length; i++)
        {
            effect |= Matches(_stages[i].Pattern, arrival) ? Effect.For : Effect.None;
            effect |= !arrival.IsNewest && Matches(_stages[i].AbsentBefore, arrival) ? Effect.Against : Effect.None;
        }

        return effect;
    }

    public override void Touch(Touches touches)
    {
        foreach (var stage in _stages)
        {
            stage.Pattern.Touch(touches);
            stage.AbsentBefore?.Touch(touches);
        }

        _absentAtEnd?.Touch(touches);
        touches.AnyEvent |= _window.IsSession;
    }

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        var bounds = _window.Of(profile);
        var facts = profile.Facts;
        var steps = bounds.IsEmpty ? 0 : _stages.Length;
        profile.Room.Ensure(facts.Events.Length);
        var first = FirstWithin(facts, bounds);
        while (steps > 0 && !TryChain(facts, bounds, first, profile.Room, steps))
        {
            steps--;
        }

        foreach (var index in Trace(facts, bounds, first, profile.Room, steps))
        {
            evidence.AddOlder(facts.Events[index].Offset);
        }

        var value = $"{steps} of {_stages.Length} steps";
        evidence.Value = MeasureCondition.WithLimits(_absentAtEnd is not null && steps == _stages.Length && !Holds(profile) ? $"{value}, the absence not fulfilled" : value, facts, bounds);
    }

    private static bool Matches(PatternMatcher? pattern, Arrival arrival) =>
        pattern is not null && pattern.Matches(arrival.Facts, in arrival.Fact);

    private List<int> Trace(ProfileFacts facts, Bounds bounds, int first, EvaluationRoom room, int steps)
    {
        var levels = new List<long[]>();
        for (var step = 1; step <= steps; step++)
        {
            TryChain(facts, bounds, first, room, step);
            levels.Add([.. room.Chains.AsSpan(0, facts.Events.Length)]);
        }

        return steps == 0 ? [] : SequenceTrace.Find(facts, bounds, first, _stages.AsSpan(0, steps), levels);
    }

    private static int FirstWithin(ProfileFacts facts, Bounds bounds)
    {
        var first = facts.Events.Length;
        while (first > 0 && facts.Events[first - 1].TimeMs >= bounds.FromMs)
        {
            first--;
        }

        return first;
    }

    /// <summary>Fills <see cref="EvaluationRoom.Chains"/> with chains through the first so many steps. False when there is none.</summary>
    private bool TryChain(ProfileFacts facts, Bounds bounds, int first, EvaluationRoom room, int steps)
    {
        if (!_stages[0].TryBegin(facts, bounds, first, room))
        {
            return false;
        }

        for (var i = 1; i < steps; i++)
        {
            (room.Chains, room.ChainsBefore) = (room.ChainsBefore, room.Chains);
            if (!_stages[i].TryContinue(facts, bounds, first, room))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a whole chain counts now, and when that may change: the last one leaves the window, or an absence is over.</summary>
    private bool Conclude(ProfileSnapshot profile, ProfileFacts facts, int first, long[] chains)
    {
        var nextAbsentMs = long.MaxValue;
        var latestBegin = NoChain;
        var earliestDueMs = long.MaxValue;
        for (var i = facts.Events.Length - 1; i >= first; i--)
        {
            ref readonly var fact = ref facts.Events[i];
            var dueMs = fact.TimeMs + (_absentAtEnd is null ? 0 : _absentForMs);
            if (chains[i] != NoChain && (_absentAtEnd is null || nextAbsentMs > dueMs))
            {
                if (_absentAtEnd is null || dueMs <= profile.NowMs)
                {
                    latestBegin = Math.Max(latestBegin, chains[i]);
                }
                else if (_window.LeavesAt(chains[i]) > dueMs)
                {
                    earliestDueMs = Math.Min(earliestDueMs, dueMs);
                }
            }

            if (_absentAtEnd is not null && _absentAtEnd.Matches(facts, in fact))
            {
                nextAbsentMs = fact.TimeMs;
            }
        }

        profile.ChangesAt(latestBegin == NoChain ? earliestDueMs : _window.LeavesAt(latestBegin));
        return latestBegin != NoChain;
    }
}
