using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Triggers;

/// <summary>A change of the catalogue that somebody may wait for.</summary>
/// <param name="Kind"><see cref="TriggerKind.PriceDrop"/> or <see cref="TriggerKind.BackInStock"/>.</param>
/// <param name="Item">Number of the item.</param>
/// <param name="Offset">Place in the log.</param>
/// <param name="TimeMs">The log's clock there, Unix ms.</param>
/// <param name="Before">Former price; of stock, 0.</param>
/// <param name="After">New price; of stock, 0.</param>
internal readonly record struct ItemChange(TriggerKind Kind, int Item, long Offset, long TimeMs, decimal Before, decimal After);

/// <summary>
/// Whether a profile waits for a change of an item: it showed interest before the change's place in the log, not too long ago, and has not bought
/// it since. A function of the facts and the change alone, whenever it is asked.
/// </summary>
internal sealed class ItemPattern(ItemWait wait, IEventMatcher interest, IEventMatcher? unless)
{
    public TriggerKind Kind => wait.Kind;

    public bool Concerns(in ItemChange change) =>
        change.Kind == wait.Kind
        && (change.Kind != TriggerKind.PriceDrop
            || (change.Before - change.After >= wait.MinAmount && (double)(change.Before - change.After) >= wait.MinShare * (double)change.Before));

    public bool IsAwaitedBy(ProfileFacts facts, in ItemChange change)
    {
        var events = facts.Events;
        for (var i = events.Length - 1; i >= 0; i--)
        {
            ref readonly var fact = ref events[i];
            if (fact.TimeMs > change.TimeMs || fact.Offset >= change.Offset)
            {
                continue;
            }

            if (change.TimeMs - fact.TimeMs >= wait.WithinMs)
            {
                return false;
            }

            // The latest of the two decides: bought since, or looked at again after it was bought.
            if (unless is not null && IsAbout(unless, facts, in fact, change.Item))
            {
                return false;
            }

            if (IsAbout(interest, facts, in fact, change.Item))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAbout(IEventMatcher matcher, ProfileFacts facts, ref readonly Fact fact, int item)
    {
        if (!matcher.Events.Contains(fact.Event))
        {
            return false;
        }

        foreach (ref readonly var line in facts.LinesOf(in fact))
        {
            if (line.Item == item && matcher.Matches(facts, in fact, in line))
            {
                return true;
            }
        }

        return false;
    }
}
