namespace Personalization.Features.Domain.Cold;

/// <summary>A state by profile that need not be in memory: clean profiles are rows of the last checkpoint, and are read from there when asked for.</summary>
internal interface IColdState
{
    /// <summary>About what the profiles in memory take. Any thread.</summary>
    long Bytes { get; }

    /// <summary>Numbers of profiles lie below this.</summary>
    int Capacity { get; }

    /// <summary>Profiles of which this state is on disk only. Any thread.</summary>
    int ColdCount { get; }

    /// <summary>Times that a row was read from the checkpoint. Any thread.</summary>
    long ColdReads { get; }

    /// <summary>Whether this state of the profile is on disk only. Any thread; one memory read.</summary>
    bool IsCold(int profileId);

    /// <summary>Brings a profile into memory; false when there is none. Reads disk; any thread.</summary>
    bool Warm(int profileId);

    /// <summary>
    /// Whether the profile was asked for since the last time that this was asked, which forgets it: who is used stays for another round. At rest only.
    /// A state that does not tell leaves it to the features, which everybody reads who reads anything of a profile.
    /// </summary>
    bool TakeUse(int profileId) => false;

    /// <summary>
    /// Takes a profile out of memory if it is in the checkpoint as it is. At rest only, while the last cut is on disk; readers may run.
    /// </summary>
    bool TryEvict(int profileId);
}
