using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Funnels;

/// <summary>One step of a chain.</summary>
/// <param name="Matcher">Which event.</param>
/// <param name="WithinMs">It comes less than this after the event of the step before; <see cref="long.MaxValue"/> for any time.</param>
/// <param name="Absent">What must not happen between the step before and this one; null for anything may.</param>
internal sealed record ChainStep(IEventMatcher Matcher, long WithinMs = long.MaxValue, IEventMatcher? Absent = null);

/// <summary>What the events of one attempt have in common: a property (its key) or an attribute of one of their products.</summary>
internal readonly record struct Carried(ValueSource Source, int Key, ProductPart Part)
{
    public bool IsProduct => Source == ValueSource.Product;
}

/// <summary>What of a product is carried.</summary>
internal enum ProductPart : byte
{
    Id,
    Category,
    Brand,
}

/// <summary>
/// Steps that follow each other, compiled: there is a choice of events, strictly ascending, one for each step. Funnels and patterns of triggers
/// are chains; what they do with the ends of one is theirs. Immutable; any thread.
/// </summary>
/// <param name="steps">At least one, at most <see cref="MaxSteps"/>.</param>
/// <param name="withinMs">The last event comes less than this after the first; <see cref="long.MaxValue"/> for any time.</param>
/// <param name="isStrict">Whether no other event of the profile may lie between two steps.</param>
/// <param name="carried">What all its events have in common.</param>
/// <param name="ignored">Numbers of events that strictness overlooks: they say who somebody is, not what they did.</param>
internal sealed class StepChain(
    ImmutableArray<ChainStep> steps, long withinMs, bool isStrict, ImmutableArray<Carried> carried, ImmutableArray<int> ignored)
{
    public const int MaxSteps = 16;
    private readonly ushort[] _steps = MasksOf(steps, static step => step.Matcher);
    private readonly ushort[] _absent = MasksOf(steps, static step => step.Absent);

    public ImmutableArray<ChainStep> Steps => steps;

    public long WithinMs => withinMs;

    public bool IsStrict => isStrict;

    public ImmutableArray<Carried> Carried => carried;

    public bool CarriesProduct { get; } = carried.Any(value => value.IsProduct);

    /// <summary>Bits of the steps that an event of this name may be.</summary>
    public int StepsOf(int name) => (uint)name < (uint)_steps.Length ? _steps[name] : 0;

    /// <summary>Bits of the steps that an event of this name may stand in the way of.</summary>
    public int AbsentOf(int name) => (uint)name < (uint)_absent.Length ? _absent[name] : 0;

    public bool IsIgnored(int name) => ignored.Contains(name);

    private static ushort[] MasksOf(ImmutableArray<ChainStep> steps, Func<ChainStep, IEventMatcher?> matcherOf)
    {
        var names = steps.SelectMany(step => (IEnumerable<int>?)matcherOf(step)?.Events ?? []).DefaultIfEmpty(-1).Max();
        var masks = new ushort[names + 1];
        for (var i = 0; i < steps.Length; i++)
        {
            foreach (var name in (IEnumerable<int>?)matcherOf(steps[i])?.Events ?? [])
            {
                masks[name] |= (ushort)(1 << i);
            }
        }

        return masks;
    }
}
