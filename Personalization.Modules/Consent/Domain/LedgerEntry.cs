using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>One statement as the ledger keeps it: what was said, on what ground, and what proves it.</summary>
internal sealed record LedgerEntry
{
    /// <summary>Vendor ids that are kept of one statement; how many there were is kept as well.</summary>
    public const int MaxVendorIds = 1_024;

    /// <summary>The event that said it.</summary>
    public required long Offset { get; init; }

    /// <summary>Event time, Unix ms.</summary>
    public required long TimestampMs { get; init; }

    public StatementForm Form { get; init; }

    public Purposes Stated { get; init; }

    public Purposes Granted { get; init; }

    public LawfulBasis Basis { get; init; }

    public ConsentDetails.Choice NonProfiling { get; init; }

    public bool HasGpc { get; init; }

    /// <summary>Unix ms; 0 when it does not end by itself.</summary>
    public long ExpiresAtMs { get; init; }

    /// <summary>SHA-256 of the evidence, 32 bytes.</summary>
    public ReadOnlyMemory<byte> EvidenceSha256 { get; init; }

    /// <summary>Where the shopper said it, for example a banner's name.</summary>
    public string Source { get; init; } = "";

    public string PolicyVersion { get; init; } = "";

    public string Jurisdiction { get; init; } = "";

    /// <summary>The first <see cref="MaxVendorIds"/>.</summary>
    public IReadOnlyList<int> VendorIds { get; init; } = [];

    public int VendorCount { get; init; }
}
