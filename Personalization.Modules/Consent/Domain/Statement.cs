using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>How a statement was made. Kept in the ledger by number: numbers stay.</summary>
internal enum StatementForm : byte
{
    /// <summary>In words: an event's consent, or a call of the API.</summary>
    Own,
    TcString,
    GppString,

    /// <summary>By the browser's signal alone.</summary>
    Gpc,
}

/// <summary>What one event says about consent, as the state takes it.</summary>
internal readonly record struct Statement
{
    public ConsentSignal Signal { get; init; }

    public StatementForm Form { get; init; }

    /// <summary>Event time.</summary>
    public long TimestampMs { get; init; }

    /// <summary>When what it grants ends, Unix ms; 0 when it does not.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>Imported: it tells what was said then.</summary>
    public bool IsHistorical { get; init; }

    /// <summary>The shopper changed it just now, rather than the client repeating what it has.</summary>
    public bool IsExplicit { get; init; }

    public bool HasGpc { get; init; }

    public ConsentDetails.Choice NonProfiling { get; init; }

    /// <summary>Where the shopper is; null when the event does not tell.</summary>
    public Jurisdiction? Jurisdiction { get; init; }
}
