using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// Which events overtake bulk ones while both wait for the log, and pass when bulk is shed: those that cost a sale, an identity or a right.
/// Clients repeat the consent they have with each event, so that stating it cannot be what makes an event critical; refusing a
/// purpose is, because what follows must not be used.
/// </summary>
internal static class CriticalPolicy
{
    public static bool IsCritical(TrackedEvent trackedEvent) =>
        trackedEvent.Type is EventType.Identify or EventType.Alias ||
        (trackedEvent.Consent.Stated & ~trackedEvent.Consent.Granted) != 0 ||
        trackedEvent.Kind is
            EventKind.ConsentUpdated or
            EventKind.ProductAdded or EventKind.ProductRemoved or
            EventKind.CheckoutStarted or EventKind.CheckoutStepViewed or EventKind.CheckoutStepCompleted or
            EventKind.PaymentInfoEntered or
            EventKind.OrderUpdated or EventKind.OrderCompleted or EventKind.OrderRefunded or EventKind.OrderCancelled;
}
