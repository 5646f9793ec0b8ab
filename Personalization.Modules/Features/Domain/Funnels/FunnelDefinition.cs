using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Funnels;

/// <summary>One step of a funnel, as it was written.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Pattern">Which event.</param>
/// <param name="WithinMs">It comes less than this after the step before; null for any time.</param>
internal sealed record FunnelStep(string Name, EventPattern Pattern, long? WithinMs);

/// <summary>
/// Steps on a way that shoppers are meant to go. An attempt begins with an event of the first step; it stands where its furthest step is, as long as
/// the next one can still come, or, when it was completed, as long as that counts.
/// </summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Which version.</param>
/// <param name="Steps">2 to 10.</param>
/// <param name="WithinMs">All steps come less than this after the first; null for any time.</param>
/// <param name="IsStrict">Whether nothing else may happen between two steps.</param>
/// <param name="Carry">What the events of one attempt have in common; at most one is of a product.</param>
/// <param name="CompletedForMs">
/// How long a completed attempt counts, from its last step; null for as long as the attempt itself, by <see cref="WithinMs"/>.
/// </param>
internal sealed record FunnelDefinition(
    string Id,
    int Version,
    ImmutableArray<FunnelStep> Steps,
    long? WithinMs,
    bool IsStrict,
    ImmutableArray<(ValueSource Source, string Name)> Carry,
    long? CompletedForMs);
