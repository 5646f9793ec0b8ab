using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Contracts;

/// <summary>What the events of the log might be used for when they came, out of the ledger: for whoever takes in later what came before.</summary>
public interface IPastConsent
{
    /// <summary>Begins a walk along the log. While the pipeline rests.</summary>
    IConsentWalk Begin();
}

/// <summary>One walk along the log, in its order. Reads disk; one thread at a time.</summary>
public interface IConsentWalk
{
    /// <summary>Whether the gate let the event through at its place. False also where that is not known.</summary>
    /// <param name="trackedEvent">With its place in the log; none before the last that was asked about.</param>
    /// <param name="homeProfileId">The profile that it is kept under, before merges.</param>
    /// <param name="purpose">Exactly one purpose.</param>
    bool Allowed(TrackedEvent trackedEvent, int homeProfileId, Purposes purpose);
}
