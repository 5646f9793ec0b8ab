using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>
/// All, any or none of several. The cheapest is asked first, and asking stops with the first that decides. That one alone says when the answer
/// may change, and stands as <see cref="ProfileSnapshot.Decider"/>: as long as it stays what it is, the others do not matter.
/// </summary>
internal sealed class GroupCondition(Condition source, CompiledCondition[] of, bool isAll, bool isNegated) : CompiledCondition
{
    private readonly CompiledCondition[] _cheapestFirst = [.. of.OrderBy(each => each.Cost)];

    public override int Cost { get; } = of.Sum(each => each.Cost);

    public override bool Holds(ProfileSnapshot profile)
    {
        var before = profile.NextChangeMs;
        foreach (var each in _cheapestFirst)
        {
            var ofThoseAsked = profile.NextChangeMs;
            profile.AskAnew();
            var holds = each.Holds(profile);
            if (holds != isAll)
            {
                profile.ChangesOnlyAt(Math.Min(before, profile.NextChangeMs));
                if (each is not GroupCondition)
                {
                    profile.Decider = new AnswerNote(each, holds, profile.Lacks);
                }

                return isAll == isNegated;
            }

            profile.ChangesOnlyAt(Math.Min(ofThoseAsked, profile.NextChangeMs));
        }

        profile.Decider = default;
        return isAll != isNegated;
    }

    public override Effect EffectOf(Arrival arrival)
    {
        var effect = Effect.None;
        foreach (var each in of)
        {
            effect |= each.EffectOf(arrival);
        }

        return isNegated && effect is (Effect.For or Effect.Against) ? effect ^ Effect.Any : effect;
    }

    public override Explanation Explain(ProfileSnapshot profile)
    {
        Explanation[] parts = [.. of.Select(each => each.Explain(profile))];
        var holds = Holds(profile);
        var deciding = parts.Count(each => each.Holds);
        return new Explanation(
            Path, holds, ConditionText.Of(source), $"{deciding} of {parts.Length} hold", [], LookAhead.TurnsAt(this, profile), parts);
    }

    public override void Touch(Touches touches)
    {
        foreach (var each in of)
        {
            each.Touch(touches);
        }
    }
}
