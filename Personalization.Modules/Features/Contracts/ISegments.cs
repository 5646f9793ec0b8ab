using MediatR;

namespace Personalization.Features.Contracts;

/// <summary>Who is in which segment. Reads memory only; safe on any thread.</summary>
public interface ISegments
{
    /// <summary>The number of a live segment, for the other calls; -1 when there is none of that id. Stays the same while the process runs.</summary>
    int Find(ReadOnlySpan<char> id);

    /// <summary>The id of a segment's number.</summary>
    string IdOf(int segment);

    /// <summary>Whether a profile is in a segment now. One memory read.</summary>
    bool IsMember(int segment, int profileId);

    /// <summary>Members now.</summary>
    int Count(int segment);
}

/// <summary>Why a membership changed.</summary>
public enum MembershipCause : byte
{
    /// <summary>Something that the shopper did, or that was said of them.</summary>
    Event = 1,

    /// <summary>Time passed: a window ran out, a deadline came.</summary>
    Time,

    /// <summary>The segment was defined, changed, reverted or deleted.</summary>
    Definition,

    /// <summary>An import told of the past. Nobody is to be sent anything for it.</summary>
    Import,

    /// <summary>The shopper may not be profiled any more, or again.</summary>
    Consent,

    /// <summary>Profiles were merged, or a merge was taken back.</summary>
    Identity,
}

/// <summary>
/// A profile came into a segment. Published once while the process runs; after a crash perhaps again, with the same
/// <see cref="MembershipChange.Id"/>.
/// </summary>
public sealed record SegmentEntered(MembershipChange Change) : INotification;

/// <summary>A profile left a segment. Published as <see cref="SegmentEntered"/> is.</summary>
public sealed record SegmentLeft(MembershipChange Change) : INotification;

/// <summary>One change of a membership.</summary>
/// <param name="Id">Names the change, the same in every replay.</param>
/// <param name="SegmentId">Which segment.</param>
/// <param name="Version">Of which version.</param>
/// <param name="ProfileId">Whose profile.</param>
/// <param name="IsMember">In, or out.</param>
/// <param name="AtMs">When it became so, Unix ms of the log's clock; of a window that ran out exactly its end.</param>
/// <param name="Cause">Why.</param>
public sealed record MembershipChange(
    string Id, string SegmentId, int Version, int ProfileId, bool IsMember, long AtMs, MembershipCause Cause);
