namespace Personalization.Tracking.Domain;

/// <summary>Bounds of what is taken from a request.</summary>
/// <param name="EventBytes">Bytes of one event's JSON.</param>
/// <param name="BatchEvents">Events of one batch.</param>
internal sealed record ParserLimits(int EventBytes, int BatchEvents)
{
    /// <summary>Segment documents 100 characters; clients that prefix a UUID with more than that have been seen.</summary>
    public const int MessageIdBytes = 256;

    /// <summary>Ids and names. A longer id refuses its event; a longer category, brand or placement counts as absent.</summary>
    public const int TextBytes = 512;

    /// <summary>Levels of nesting of one event, itself the first.</summary>
    public const int EventDepth = 32;

    /// <summary>
    /// Levels at which the whole body stops being read: more than anything but an attack has, so that one deep event doesn't cost its batch. Beyond 64
    /// reading costs an allocation.
    /// </summary>
    public const int BodyDepth = 512;

    /// <summary>Lines that one event's products become; an order of more is stored whole, its further lines are not applied.</summary>
    public const int Lines = 500;

    public static ParserLimits Default { get; } = new(64 * 1024, 10_000);
}
