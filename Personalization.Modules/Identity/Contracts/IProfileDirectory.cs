namespace Personalization.Identity.Contracts;

/// <summary>Finds profiles by their identifiers. Reads memory only; safe on any thread.</summary>
public interface IProfileDirectory
{
    /// <summary>
    /// The profile that these identifiers belong to now, after all merges: the user id decides, else the anonymous id.
    /// -1 when nobody has been seen with either.
    /// </summary>
    int Find(ReadOnlySpan<char> userId, ReadOnlySpan<char> anonymousId);

    /// <summary>The same by the keyed hashes of the identifiers, as events carry them; default for one that is absent.</summary>
    int Find(UInt128 userKey, UInt128 anonymousKey);

    /// <summary>Where a profile's state lives now: itself, or the profile that it was merged into.</summary>
    int Canonical(int profileId);

    /// <summary>Profiles that were ever created, merged ones included.</summary>
    int Count { get; }
}
