using Personalization.Features.Domain.Conditions;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// Asks everybody about a version that was just put, while events go on: whoever an event looks at in the meantime is left alone. It can be
/// interrupted and gone on with anywhere, by another thread as well, and what comes out is the same. One thread at a time.
/// </summary>
internal sealed class SegmentFill(
    SegmentVersion version, SegmentRoster roster, IReadOnlyList<SegmentLoop> loops, IPartitions partitions, ILogClock clock, ProfileSnapshot snapshot)
{
    /// <summary>Between two looks for whether somebody else has to go on: well below a millisecond of work.</summary>
    private const int Slice = 128;

    private readonly Lock _lock = new();
    private int _next;

    /// <summary>Where it stands, in profile numbers.</summary>
    public int Next => Volatile.Read(ref _next);

    public SegmentVersion Version => version;

    /// <summary>Goes on for a moment. True when everybody has been asked.</summary>
    public bool Advance()
    {
        lock (_lock)
        {
            for (var i = 0; i < Slice && !version.IsFilled; i++)
            {
                var profileId = roster.Known.Next(_next);
                if (profileId < 0)
                {
                    version.Filled();
                    break;
                }

                Ask(profileId);
                Volatile.Write(ref _next, profileId + 1);
            }

            return version.IsFilled;
        }
    }

    private void Ask(int profileId)
    {
        if (version.IsAsked(profileId))
        {
            return;
        }

        snapshot.Reset(profileId, clock.NowMs);
        var isMember = version.Holds(snapshot);
        if (version.TryFill(profileId, isMember) && snapshot.NextChangeMs < long.MaxValue)
        {
            version.IsTimed = true;
            loops[partitions.PartitionOf(profileId)].Due.Lower(profileId, snapshot.NextChangeMs);
        }
    }
}
