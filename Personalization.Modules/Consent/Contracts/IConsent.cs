namespace Personalization.Consent.Contracts;

/// <summary>What data may be used for. Bits, so that an event's signal fits into two bytes.</summary>
[Flags]
public enum Purposes : byte
{
    None = 0,
    Collect = 1,
    Profile = 2,
    Personalise = 4,
    Measure = 8,
    Activate = 16,
    Train = 32,
    All = Collect | Profile | Personalise | Measure | Activate | Train,
}

/// <summary>Where a verdict comes from.</summary>
public enum ConsentReason : byte
{
    /// <summary>Nothing is known of this shopper; the configured default decides.</summary>
    Default,

    /// <summary>The shopper granted it.</summary>
    Granted,

    /// <summary>The shopper refused or withdrew it.</summary>
    Denied,
}

/// <summary>May we, and why.</summary>
public readonly record struct ConsentVerdict(bool IsAllowed, ConsentReason Reason);

/// <summary>The consent gate. Reads memory only; safe on any thread.</summary>
public interface IConsent
{
    /// <param name="profileId">A canonical profile number, or -1 for an unknown shopper.</param>
    /// <param name="purpose">Exactly one purpose.</param>
    ConsentVerdict May(int profileId, Purposes purpose);
}
