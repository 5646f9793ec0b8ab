using MediatR;

namespace Personalization.Identity.Contracts;

/// <summary>
/// What had passed for one person is two again: a merge was taken back, or identifiers were split off. Published once while live, after both
/// sides were made anew, never during replay.
/// </summary>
/// <param name="ProfileId">The profile that is a person of its own now.</param>
/// <param name="FromProfileId">The person that it was parted from.</param>
/// <param name="Offset">Place in the log of the change.</param>
public sealed record ProfilesUnmerged(int ProfileId, int FromProfileId, long Offset) : INotification;
