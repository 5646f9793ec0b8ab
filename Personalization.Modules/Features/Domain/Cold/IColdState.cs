namespace Personalization.Features.Domain.Cold;

/// <summary>A state by profile that need not be in memory: clean profiles are rows of the last checkpoint, and are read from there when asked for.</summary>
internal interface IColdState
{
    /// <summary>About what the profiles in memory take. Any thread.</summary>
    long Bytes { get; }

    /// <summary>Numbers of profiles lie below this.</summary>
    int Capacity { get; }

    /// <summary>
    /// Whether the profile was asked for since the last time that this was asked, which forgets it: who is used stays for another round. At rest only.
    /// </summary>
    bool TakeUse(int profileId);

    /// <summary>
    /// Takes a profile out of memory if it is in the checkpoint as it is. At rest only, while the last cut is on disk; readers may run.
    /// </summary>
    bool TryEvict(int profileId);
}
