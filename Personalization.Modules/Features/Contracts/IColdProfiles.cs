namespace Personalization.Features.Contracts;

/// <summary>Profiles that are known and not in memory. They come back with their next event, or when somebody asks for them here.</summary>
public interface IColdProfiles
{
    /// <summary>Whether there may be any: one memory read.</summary>
    bool Any { get; }

    /// <summary>Whether a profile is known and not in memory. One memory read; never touches the disk.</summary>
    bool IsCold(int profileId);

    /// <summary>
    /// Brings a profile back, off the caller's thread. Completes when it is there, and after some ms
    /// (<see cref="MemoryOptions.ColdWaitMs"/>) anyway, or at once when too many wait: false then.
    /// </summary>
    ValueTask<bool> WarmAsync(int profileId, CancellationToken cancellationToken);
}
