using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>When a feature or funnel means something else, everybody is asked anew about the segments that ask about it.</summary>
internal sealed class SegmentDependencies(SegmentEngine engine) : IDefinitionObserver
{
    public void Applied(DefinitionChange change)
    {
        switch (change.Kind)
        {
            case "feature":
                engine.AskEverybody(touches => touches.Features.Contains(change.Id), change.Offset);
                break;
            case "funnel":
                engine.AskEverybody(touches => touches.Funnels.Contains(change.Id), change.Offset);
                break;
        }
    }
}
