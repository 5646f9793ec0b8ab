using Personalization.Features.Domain.Preview;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Pipeline.Preview;

/// <summary>Those whom segments are asked about: who lives on in another profile, or does not want to be profiled, is in none.</summary>
internal sealed class PreviewPopulation(SegmentRoster roster) : IPreviewPopulation
{
    public int Numbers => roster.Known.End;

    public bool Contains(int profileId) => roster.Known.Contains(profileId);
}
