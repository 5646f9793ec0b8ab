using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>What a <c>context</c> says that we act on.</summary>
internal struct ContextSignals
{
    public Utf8Slice SessionId;

    /// <summary>The JSON object of <c>traits</c>; that of a request's shared context applies to nobody.</summary>
    public Utf8Slice Traits;

    /// <summary>Everything about consent but the purposes.</summary>
    public ConsentDetails Details;

    /// <summary>Purposes that are spoken of.</summary>
    public byte Stated;

    /// <summary>Those of them that something denies: two categories of one purpose grant it only together.</summary>
    public byte Denied;

    public readonly ConsentSignal Consent => new(Stated, (byte)(Stated & ~Denied));

    public void State(byte purposes, bool isGranted)
    {
        Stated |= purposes;
        Denied |= isGranted ? (byte)0 : purposes;
    }

    /// <summary>Adds what the batch says to what the event says; the event wins, purpose by purpose.</summary>
    public readonly void ApplyTo(TrackedEvent trackedEvent)
    {
        if (trackedEvent.SessionId.IsEmpty)
        {
            trackedEvent.SessionId = SessionId;
        }

        trackedEvent.ConsentDetails.FillFrom(Details);
        var own = trackedEvent.Consent;
        trackedEvent.Consent = new ConsentSignal(
            (byte)(own.Stated | Stated), (byte)(own.Granted | (Consent.Granted & ~own.Stated)));
    }
}
