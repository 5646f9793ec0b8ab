using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Duplicates;

namespace Personalization.Tracking.Pipeline;

internal sealed class TrackingStatistics(TrackedEventHandler handler, DuplicateFilter duplicates) : ITrackingStatistics
{
    public long Events => handler.Sequenced;

    public long Duplicates => duplicates.Dropped;
}
