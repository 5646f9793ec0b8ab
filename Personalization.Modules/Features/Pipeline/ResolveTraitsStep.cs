using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>Gives names of traits their numbers. Nothing of what is said is kept here, so this runs before consent is asked.</summary>
internal sealed class ResolveTraitsStep(TraitNames names, TraitRules rules, TraitImport import) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent)
    {
        var isIdentify = trackedEvent.Type == EventType.Identify;
        if (!isIdentify && trackedEvent.ContextTraits.IsEmpty)
        {
            return;
        }

        var visitor = new Resolver(names);
        TraitScan.Read(trackedEvent.Text(trackedEvent.ContextTraits), rules, ref visitor);
        if (isIdentify)
        {
            TraitScan.Read(trackedEvent.Text(trackedEvent.Payload), rules, ref visitor);
        }

        if (import.Is(trackedEvent))
        {
            import.Resolve(trackedEvent);
        }
    }

    /// <summary>The names have their numbers, and the stage looks them up.</summary>
    public void Rebuild(TrackedEvent trackedEvent)
    {
    }

    private readonly struct Resolver(TraitNames names) : ITraitVisitor
    {
        public void Visit(ReadOnlySpan<byte> path, ref readonly FoundValue value, ReadOnlySpan<byte> json) => names.Resolve(path);
    }
}
