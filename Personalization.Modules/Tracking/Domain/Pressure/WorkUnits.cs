namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// What a request costs the door, in events: 31,000 requests of one event a second and 230,000 events in batches of a hundred were
/// measured on the same two cores, so a request by itself costs as much as six more events.
/// </summary>
internal static class WorkUnits
{
    private const int Request = 6;

    /// <summary>Bytes of a usual event, for bodies that nobody has read.</summary>
    private const int BytesAnEvent = 900;

    public static int Of(int events) => Request + events;

    public static int OfBytes(long bytes) => Request + 1 + (int)(bytes / BytesAnEvent);
}
