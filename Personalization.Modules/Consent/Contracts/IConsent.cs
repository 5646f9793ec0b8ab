using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Contracts;

/// <summary>What data may be used for. Bits, so that an event's signal fits into two bytes.</summary>
[Flags]
public enum Purposes : byte
{
    None = 0,

    /// <summary>Keep events at all.</summary>
    Collect = 1,

    /// <summary>Build a profile out of them.</summary>
    Profile = 2,

    /// <summary>Let the profile decide what is shown.</summary>
    Personalise = 4,

    /// <summary>Measure how well it works.</summary>
    Measure = 8,

    /// <summary>Hand something on to others: destinations, audiences.</summary>
    Activate = 16,

    /// <summary>Teach models.</summary>
    Train = 32,
    All = Collect | Profile | Personalise | Measure | Activate | Train,
}

/// <summary>On what ground data is used. Kept in the ledger by number: numbers stay.</summary>
public enum LawfulBasis : byte
{
    /// <summary>None: it may not be.</summary>
    None,
    Consent,
    LegitimateInterest,
    Contract,
    LegalObligation,
    VitalInterests,
    PublicTask,

    /// <summary>Allowed until the shopper objects, as in most of the United States.</summary>
    OptOut,
}

/// <summary>May we, and why.</summary>
public readonly record struct ConsentVerdict(bool IsAllowed, ConsentReason Reason);

/// <summary>The consent gate. Reads memory only; safe on any thread.</summary>
public interface IConsent
{
    /// <summary>Whether it may be done now: a consent that has expired counts as none.</summary>
    /// <param name="profileId">A canonical profile number, or -1 for an unknown shopper.</param>
    /// <param name="purpose">Exactly one purpose.</param>
    ConsentVerdict May(int profileId, Purposes purpose);

    /// <summary>
    /// The same at a time, and until when that holds if nobody says anything: what depends on it over time asks this, so that a replay
    /// decides alike.
    /// </summary>
    /// <param name="profileId">A canonical profile number, or -1 for an unknown shopper.</param>
    /// <param name="purpose">Exactly one purpose.</param>
    /// <param name="atMs">Unix ms.</param>
    /// <param name="endsAtMs">Unix ms at which a consent that counts then expires; <see cref="long.MaxValue"/> for never.</param>
    ConsentVerdict May(int profileId, Purposes purpose, long atMs, out long endsAtMs)
    {
        endsAtMs = long.MaxValue;
        return May(profileId, purpose);
    }
}
