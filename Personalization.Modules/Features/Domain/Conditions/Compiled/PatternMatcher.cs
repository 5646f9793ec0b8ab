using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>Which events, in numbers. Immutable.</summary>
internal sealed class PatternMatcher(HashSet<int> events, HashSet<string> unknown, FactTest? where) : IEventMatcher
{
    private readonly int[] _events = [.. events];
    private readonly int _only = events.Count == 1 ? events.Single() : -1;

    public IReadOnlySet<int> Events => events;

    /// <summary>Whether lines of an event are looked at.</summary>
    public bool AsksProducts => where is { AsksProducts: true };

    public bool Matches(ProfileFacts facts, ref readonly Fact fact) => IsNamed(fact.Event) && (where is null || Holds(facts, in fact));

    public bool Matches(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) =>
        IsNamed(fact.Event) && (where is null || where.Holds(facts, in fact, in line));

    public void Touch(Touches touches)
    {
        touches.Events.UnionWith(events);
        touches.UnknownEvents.UnionWith(unknown);
    }

    private bool IsNamed(int number) => number == _only || (_only < 0 && _events.AsSpan().Contains(number));

    private bool Holds(ProfileFacts facts, ref readonly Fact fact)
    {
        if (!where!.AsksProducts)
        {
            return where.Holds(facts, in fact, in FactValue.NoLine);
        }

        foreach (ref readonly var line in facts.LinesOf(in fact))
        {
            if (where.Holds(facts, in fact, in line))
            {
                return true;
            }
        }

        return false;
    }
}
