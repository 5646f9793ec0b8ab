using Personalization.Features.Domain.Segments;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>
/// When a name of an event comes for the first time, conditions that wait for it learn its number, before the event itself goes to its loop.
/// Behind the step that gives the number.
/// </summary>
internal sealed class LearnEventNamesStep(SegmentEngine engine) : ISequencerStep
{
    public void Resolve(TrackedEvent trackedEvent) => engine.LearnNames();
}
