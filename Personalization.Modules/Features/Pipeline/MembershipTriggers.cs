using Personalization.Features.Contracts;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Domain.Triggers;

namespace Personalization.Features.Pipeline;

/// <summary>Hands changes of memberships on, and fires the triggers that wait for them, in the same breath: on the profile's loop.</summary>
internal sealed class MembershipTriggers(IMembershipListener next, TriggerRuntime runtime, ISegments segments) : IMembershipListener
{
    public void Changed(int partition, in MembershipFact fact)
    {
        next.Changed(partition, fact);
        runtime.Of(fact.ProfileId).Moved(fact.ToChange(segments.IdOf(fact.Segment)), fact.AtMs);
    }
}
