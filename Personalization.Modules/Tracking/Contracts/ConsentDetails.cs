namespace Personalization.Tracking.Contracts;

/// <summary>
/// What an event says around its consent: on what ground, for whom, until when, and where the shopper is. Texts are slices of the batch's
/// buffer, not looked at here; empty when absent.
/// </summary>
public record struct ConsentDetails
{
    /// <summary>Of <see cref="NonProfiling"/>: not spoken of, chosen, taken back.</summary>
    public enum Choice : byte
    {
        Unsaid,
        Chosen,
        TakenBack,
    }

    /// <summary>The JSON object that the statement stands in, as received.</summary>
    public Utf8Slice Raw { get; set; }

    public Utf8Slice Basis { get; set; }

    /// <summary>A JSON array.</summary>
    public Utf8Slice VendorIds { get; set; }

    public Utf8Slice Source { get; set; }

    public Utf8Slice PolicyVersion { get; set; }

    /// <summary>What proves the statement: a text, or the JSON of an object.</summary>
    public Utf8Slice Evidence { get; set; }

    public Utf8Slice TcString { get; set; }

    public Utf8Slice GppString { get; set; }

    public Utf8Slice Jurisdiction { get; set; }

    /// <summary><c>context.location.country</c>.</summary>
    public Utf8Slice Country { get; set; }

    /// <summary>When what is granted ends, Unix ms; 0 when it does not end by itself.</summary>
    public long ExpiresAtMs { get; set; }

    public Choice NonProfiling { get; set; }

    /// <summary>The statement relays a Global Privacy Control signal.</summary>
    public bool HasGpc { get; set; }

    /// <summary>Adds what the batch says to what the event says: the event's own statement stays whole.</summary>
    internal void FillFrom(ConsentDetails shared)
    {
        var own = this;
        if (Raw.IsEmpty)
        {
            this = shared;
        }

        TcString = own.TcString.IsEmpty ? shared.TcString : own.TcString;
        GppString = own.GppString.IsEmpty ? shared.GppString : own.GppString;
        Jurisdiction = own.Jurisdiction.IsEmpty ? shared.Jurisdiction : own.Jurisdiction;
        Country = own.Country.IsEmpty ? shared.Country : own.Country;
    }
}
