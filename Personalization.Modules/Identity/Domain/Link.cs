using System.Runtime.InteropServices;

namespace Personalization.Identity.Domain;

/// <summary>Why something was linked. Stored by number: numbers stay.</summary>
internal enum LinkRule : byte
{
    None,

    /// <summary>The identifier came with an event and was new: it belongs to whom the event belongs to.</summary>
    NamedTogether,

    /// <summary>Two profiles were named by one event.</summary>
    SharedEvent,

    /// <summary>An alias call joined an anonymous profile to a person.</summary>
    Alias,

    /// <summary>Another person was seen on the device: it is theirs from then on.</summary>
    UserSwitch,

    /// <summary>Somebody turned out to have had the device at a time before its present owner.</summary>
    LateIdentify,

    /// <summary>The value joined too many profiles and was given to nobody.</summary>
    Quarantine,

    /// <summary>Traces made it likely enough.</summary>
    Probabilistic,

    /// <summary>Somebody with a server key said so.</summary>
    Administrative,

    /// <summary>Somebody with a server key took a merge back.</summary>
    Unmerge,

    /// <summary>Somebody with a server key moved the identifier to a profile of its own.</summary>
    Split,
}

/// <summary>One entry of the link ledger.</summary>
/// <param name="Offset">The event that told.</param>
/// <param name="TimeMs">Its event time, Unix ms.</param>
/// <param name="Key">The identifier by which it was told; default where none was.</param>
/// <param name="ProfileId">The profile that was linked: the identifier's home, or the one that merged away.</param>
/// <param name="OtherProfileId">The one that it merged into, or whose the device was before; -1 where there is none.</param>
/// <param name="Rule">Why.</param>
/// <param name="Kind">Kind of the identifier.</param>
/// <param name="Confidence">0 to 1; 1 for everything but likelihoods.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Link(
    long Offset, long TimeMs, UInt128 Key, int ProfileId, int OtherProfileId, LinkRule Rule, byte Kind, float Confidence)
{
    /// <summary>Whether it tells of profiles, rather than of an identifier's.</summary>
    public bool IsMerge => Rule is LinkRule.SharedEvent or LinkRule.Alias or LinkRule.Probabilistic or LinkRule.Administrative
        or LinkRule.Unmerge;
}
