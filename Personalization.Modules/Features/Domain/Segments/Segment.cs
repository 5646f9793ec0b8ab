using System.Collections.Immutable;

namespace Personalization.Features.Domain.Segments;

/// <summary>One segment as of a moment. Immutable; its versions' members change.</summary>
/// <param name="Number">Dense from 0, given at the first definition and never again.</param>
/// <param name="Id">Its name.</param>
/// <param name="Live">Null before the first version is ready, and after the segment was deleted.</param>
/// <param name="Prepared">Versions beside the live one, oldest first, at most <see cref="MaxPrepared"/>.</param>
internal sealed record Segment(int Number, string Id, SegmentVersion? Live, ImmutableArray<SegmentVersion> Prepared)
{
    /// <summary>Two, so that an edit of an edit need not wait; each costs as much as a live one.</summary>
    public const int MaxPrepared = 2;

    public IEnumerable<SegmentVersion> Versions => Live is null ? Prepared : Prepared.Prepend(Live);
}
