using System.Buffers.Binary;
using System.Globalization;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.Segments;

/// <summary>A change of a membership in numbers, as the feed keeps it.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Version">Of which version.</param>
/// <param name="ProfileId">Whose.</param>
/// <param name="IsMember">In, or out.</param>
/// <param name="AtMs">Unix ms of the log's clock.</param>
/// <param name="Cause">Why.</param>
/// <param name="Offset">Place in the log of what caused it; -1 when time did, below that when profiles were made anew.</param>
internal readonly record struct MembershipFact(int Segment, int Version, int ProfileId, bool IsMember, long AtMs, MembershipCause Cause, long Offset)
{
    public const int BodyBytes = 18;

    public void WriteBody(Span<byte> body)
    {
        BinaryPrimitives.WriteInt32LittleEndian(body, Segment);
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], Offset);
        body[16] = (byte)Cause;
        body[17] = IsMember ? (byte)1 : (byte)0;
    }

    public static MembershipFact Read(in Feed.FeedFact fact)
    {
        var body = fact.Body.Span;
        return new MembershipFact(
            BinaryPrimitives.ReadInt32LittleEndian(body),
            BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            fact.ProfileId,
            body[17] != 0,
            fact.AtMs,
            (MembershipCause)body[16],
            BinaryPrimitives.ReadInt64LittleEndian(body[8..]));
    }

    /// <summary>
    /// The change as others know it. Its id says what happened to whom, when and at which place of the log: a replay says the same, and no two
    /// changes do.
    /// </summary>
    public MembershipChange ToChange(string segmentId) => new(
        string.Create(CultureInfo.InvariantCulture, $"{segmentId}.{Version}.{ProfileId}.{AtMs}.{Offset}.{(IsMember ? "in" : "out")}"),
        segmentId, Version, ProfileId, IsMember, AtMs, Cause);
}
