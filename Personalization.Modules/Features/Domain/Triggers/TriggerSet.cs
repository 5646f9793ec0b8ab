using System.Collections.Immutable;

namespace Personalization.Features.Domain.Triggers;

/// <summary>All live triggers, with what an event can touch. Immutable: a change of a definition replaces the whole.</summary>
internal sealed class TriggerSet
{
    public static readonly TriggerSet Empty = new([], 0);
    private readonly CompiledTrigger[]?[] _byEvent;

    /// <param name="all">By the order in which they came to life.</param>
    /// <param name="names">Names of events that were known when they were compiled.</param>
    public TriggerSet(ImmutableArray<CompiledTrigger> all, int names)
    {
        All = all;
        Names = names;
        HasUnknownNames = all.Any(trigger => trigger.HasUnknownNames);
        Timed = [.. all.Where(trigger => trigger.Pattern is not null)];
        Items = [.. all.Where(trigger => trigger.Items is not null)];
        Segments = [.. all.Where(trigger => trigger.Definition.Waits is SegmentWait)];
        var touched = Timed.SelectMany(trigger => trigger.Pattern!.Events.Select(name => (name, trigger))).ToLookup(pair => pair.name, pair => pair.trigger);
        _byEvent = new CompiledTrigger[]?[touched.Select(group => group.Key + 1).DefaultIfEmpty().Max()];
        foreach (var group in touched)
        {
            _byEvent[group.Key] = [.. group.Distinct()];
        }
    }

    public ImmutableArray<CompiledTrigger> All { get; }

    public int Names { get; }

    public bool HasUnknownNames { get; }

    /// <summary>Those that a profile's facts and time decide.</summary>
    public CompiledTrigger[] Timed { get; }

    public CompiledTrigger[] Items { get; }

    public CompiledTrigger[] Segments { get; }

    /// <summary>Those that an event of a name may change; none for a number that nobody waits for.</summary>
    public ReadOnlySpan<CompiledTrigger> OfEvent(int name) => (uint)name < (uint)_byEvent.Length ? _byEvent[name] : null;
}
