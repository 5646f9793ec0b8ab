namespace Personalization.Features.Domain.Segments;

/// <summary>Hears of every change of a live membership, as it is made: on the partition's loop, or at rest. Quick, and never throws.</summary>
internal interface IMembershipListener
{
    void Changed(int partition, in MembershipFact fact);
}
