using System.Numerics;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Features.Domain.Segments;

/// <summary>
/// On what the answers about those who came lately hang, so that an event that cannot turn one need not have a history read: whoever has three of ten views is not
/// asked about before seven more. Nothing rests on a note being there; a note that is there holds as long as nothing but the profile's own events has changed what
/// is known of it, each of which opened its notes. So everything else drops them, and so does a history that grew by more than the event that came.
/// One thread at a time.
/// </summary>
/// <param name="partitions">How many there are: the profiles of one are that far apart.</param>
internal sealed class AnswerNotes(int partitions)
{
    /// <summary>Of a profile; the one that was written first goes when there are more.</summary>
    private const int PerProfile = 16;

    /// <summary>Profiles of a partition that have notes: some 8 MB when there are as many. Those who have the same place take it from each other.</summary>
    private const int MaxProfiles = 1 << 14;

    private const int MinProfiles = 1 << 8;
    private SegmentSet? _set;
    private Holder[] _holders = [];
    private int[] _ranks = [];
    private AnswerNote[] _notes = [];
    private AnswerNote _none;
    private int _open = -1;

    /// <summary>An event of a profile has come, behind which so many are stored. Its notes are open until another's are.</summary>
    public void Open(SegmentSet set, int profileId, int stored)
    {
        var local = profileId / partitions;
        if (!ReferenceEquals(_set, set) || (local >= _holders.Length && _holders.Length < MaxProfiles))
        {
            Make(local);
            _set = set;
        }

        _open = PlaceOf(profileId);
        ref var holder = ref _holders[_open];
        if (holder.ProfileId != profileId || holder.Stored + 1 != stored)
        {
            Clear(_open);
        }

        (holder.ProfileId, holder.Stored) = (profileId, stored);
    }

    /// <summary>The profile has no notes any more, and gets none before its next event.</summary>
    public void Drop(int profileId)
    {
        _open = -1;
        if (_holders.Length > 0 && PlaceOf(profileId) is var place && _holders[place].ProfileId == profileId)
        {
            Clear(place);
        }
    }

    /// <summary>What is noted of the version of a rank; an empty one when nothing is.</summary>
    public ref AnswerNote Of(int rank)
    {
        var index = _open < 0 ? -1 : _ranks.AsSpan(_open * PerProfile, PerProfile).IndexOf(rank);
        if (index >= 0)
        {
            return ref _notes[(_open * PerProfile) + index];
        }

        _none = default;
        return ref _none;
    }

    /// <summary>The version of a rank has been asked anew: null when there is nothing to note.</summary>
    public void Put(int rank, AnswerNote? note)
    {
        if (_open < 0)
        {
            return;
        }

        var ranks = _ranks.AsSpan(_open * PerProfile, PerProfile);
        var index = ranks.IndexOf(rank);
        if (note is { } kept)
        {
            index = index >= 0 ? index : (int)(_holders[_open].Written++ % PerProfile);
            ranks[index] = rank;
            _notes[(_open * PerProfile) + index] = kept;
        }
        else if (index >= 0)
        {
            ranks[index] = -1;
        }
    }

    private int PlaceOf(int profileId) => profileId / partitions & (_holders.Length - 1);

    private void Clear(int place)
    {
        _holders[place] = new Holder { ProfileId = -1 };
        _ranks.AsSpan(place * PerProfile, PerProfile).Fill(-1);
    }

    /// <summary>Other conditions, or more room: either begins without notes.</summary>
    private void Make(int local)
    {
        var profiles = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)local + 1), Math.Max(MinProfiles, _holders.Length), MaxProfiles);
        _holders = new Holder[profiles];
        _ranks = new int[profiles * PerProfile];
        _notes = new AnswerNote[profiles * PerProfile];
        _ranks.AsSpan().Fill(-1);
        _holders.AsSpan().Fill(new Holder { ProfileId = -1 });
    }

    private struct Holder
    {
        public int ProfileId;

        /// <summary>Events of the profile that were stored when its notes were open last.</summary>
        public int Stored;

        /// <summary>Notes that were written to places of their own so far; unsigned, so that it may go round.</summary>
        public uint Written;
    }
}
