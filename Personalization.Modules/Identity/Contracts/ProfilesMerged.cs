using MediatR;

namespace Personalization.Identity.Contracts;

/// <summary>Two profiles turned out to be one person. Published once per merge while live, never during replay.</summary>
/// <param name="FromProfileId">The profile that ended.</param>
/// <param name="IntoProfileId">The profile that lives on.</param>
/// <param name="Offset">The event that told.</param>
public sealed record ProfilesMerged(int FromProfileId, int IntoProfileId, long Offset) : INotification;
