using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// What is known of one profile, and who may touch it. Written by the loop that owns the profile, read by anyone through a version counter:
/// odd while a write is under way, so a reader that sees the same even number before and after its copy has one version.
/// <para>
/// Bytes of a profile: object 24, counters 32, three sessions 96, categories and brands 128, recent items 16 and in their array 24 + 8
/// for each place; its entry in the table 8. With 32 viewed items alone that is 584, with 5 added and bought ones 648, with
/// every list full 1,032. Two objects.
/// </para>
/// </summary>
internal sealed class ProfileFeatures
{
    private int _version;
    private ProfileState _state;

    /// <summary>Stands in the place of a profile that is on disk only. Nothing is in it, and nothing may be written to it.</summary>
    public bool IsCold { get; init; }

    /// <summary>Asked for lately. Set by anyone, taken back by the memory's ceiling.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Whether the profile is on the list for the next checkpoint.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Owner only.</summary>
    public long Apply(TrackedEvent trackedEvent, FeatureRules rules)
    {
        BeginWrite();
        try
        {
            return _state.Apply(trackedEvent, rules);
        }
        finally
        {
            EndWrite();
        }
    }

    /// <summary>Owner only.</summary>
    public long SessionOf(TrackedEvent trackedEvent, FeatureRules rules) => _state.SessionOf(trackedEvent, rules);

    /// <summary>Owner of both only.</summary>
    public void Merge(ProfileFeatures from)
    {
        BeginWrite();
        try
        {
            _state.Merge(in from._state);
        }
        finally
        {
            EndWrite();
        }
    }

    /// <summary>Copies one consistent version. Tries again while the owner writes, and lets the owner run after a few tries.</summary>
    public void CopyTo(ProfileView view, double affinityScale)
    {
        Span<ulong> recents = stackalloc ulong[RecentItems.MaxTotal];
        for (var wait = new SpinWait(); ; wait.SpinOnce(sleep1Threshold: -1))
        {
            var before = Volatile.Read(ref _version);
            if ((before & 1) != 0)
            {
                continue;
            }

            var copy = _state;
            var isWhole = copy.Recents.TryCopyTo(recents, out var counts);

            // A full fence, not only the read barrier that the processor needs: no compiler moves the copy below this one.
            Interlocked.MemoryBarrier();
            if (isWhole && Volatile.Read(ref _version) == before)
            {
                ProfileViewWriter.Write(in copy, recents, counts, affinityScale, view);
                return;
            }
        }
    }

    /// <summary>The whole state as bytes. The same state gives the same bytes. Owner, or while the pipeline rests.</summary>
    public int Encode(Span<byte> room) => ProfileCodec.Encode(in _state, room);

    public void Decode(ReadOnlySpan<byte> bytes) => ProfileCodec.Decode(bytes, ref _state);

    private void BeginWrite()
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
    }

    private void EndWrite() => Volatile.Write(ref _version, _version + 1);
}
