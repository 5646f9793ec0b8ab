using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// How many events there are. Goes from the newest back and stops when no older one can change the answer; the one where it stopped says when
/// the answer turns, since a window is left by the oldest first.
/// </summary>
internal sealed class CountCondition : LeafCondition
{
    private readonly PatternMatcher _pattern;
    private readonly Window _window;
    private readonly ValueTest _test;
    private readonly ComparisonOperator _operator;

    /// <summary>As many events as there need be to know; more change nothing.</summary>
    private readonly int _enough;

    /// <summary>With fewer than enough the answer cannot change by time: a window is only left.</summary>
    private readonly bool _isThreshold;

    public CountCondition(EventMeasure source, PatternMatcher pattern, Window window, ValueTest test)
        : base(source)
    {
        (_pattern, _window, _test, _operator) = (pattern, window, test, source.Operator);
        _isThreshold = source.Operator is ComparisonOperator.AtLeast or ComparisonOperator.Less or ComparisonOperator.Greater or ComparisonOperator.AtMost;
        var bound = source.Values[^1].Number;
        _enough = Enough(source.Operator, bound);
    }

    public override int Cost => 60;

    public override bool Holds(ProfileSnapshot profile) => _test.Holds(ScalarKind.Number, Count(profile), default);

    public override Effect EffectOf(Arrival arrival) => _window.IsSession ? Effect.Any
        : !_pattern.Matches(arrival.Facts, in arrival.Fact) ? Effect.None
        : EffectOfMore(_operator);

    public override bool MayTurn(Arrival arrival, bool held, ref long lacks) => MayTurn(arrival, held) && --lacks <= 0;

    public override bool MayTurnByLoss(bool held) => _window.IsSession || MayTurnByLess(_operator, held);

    /// <summary>Whether the answer about a number can turn because the number falls.</summary>
    public static bool MayTurnByLess(ComparisonOperator comparison, bool held) => EffectOfMore(comparison) != (held ? Effect.Against : Effect.For);

    /// <summary>The number from which on a comparison answers the same.</summary>
    public static int Enough(ComparisonOperator comparison, double bound) => (int)Math.Clamp(
        comparison is ComparisonOperator.AtLeast or ComparisonOperator.Less ? Math.Ceiling(bound) : Math.Floor(bound) + 1, 0, int.MaxValue);

    /// <summary>What a number that has grown, or stayed, can have done.</summary>
    public static Effect EffectOfMore(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.AtLeast or ComparisonOperator.Greater => Effect.For,
        ComparisonOperator.AtMost or ComparisonOperator.Less => Effect.Against,
        _ => Effect.Any,
    };

    public override void Touch(Touches touches)
    {
        _pattern.Touch(touches);
        touches.AnyEvent |= _window.IsSession;
    }

    protected override void Tell(ProfileSnapshot profile, Evidence evidence)
    {
        var bounds = _window.Of(profile);
        var facts = profile.Facts;
        var count = 0;
        for (var i = facts.Events.Length - 1; i >= 0 && !bounds.IsEmpty; i--)
        {
            ref readonly var fact = ref facts.Events[i];
            if (bounds.Includes(in fact) && _pattern.Matches(facts, in fact))
            {
                count++;
                evidence.AddOlder(fact.Offset);
            }
        }

        evidence.Value = MeasureCondition.WithLimits(count.ToString(), facts, bounds);
    }

    private int Count(ProfileSnapshot profile)
    {
        var bounds = _window.Of(profile);
        if (bounds.IsEmpty)
        {
            return 0;
        }

        var facts = profile.Facts;
        var events = facts.Events;
        var count = 0;
        var oldestMs = 0L;
        for (var i = events.Length - 1; i >= 0 && count < _enough; i--)
        {
            ref readonly var fact = ref events[i];
            if (fact.TimeMs < bounds.FromMs)
            {
                break;
            }

            if (bounds.Includes(in fact) && _pattern.Matches(facts, in fact))
            {
                count++;
                oldestMs = fact.TimeMs;
            }
        }

        if (count > 0 && (count == _enough || !_isThreshold))
        {
            profile.ChangesAt(_window.LeavesAt(oldestMs));
        }

        profile.Lacks = _isThreshold && !_window.IsSession ? _enough - count : 0;
        return count;
    }
}
