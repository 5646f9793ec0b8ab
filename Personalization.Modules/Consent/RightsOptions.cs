using System.ComponentModel.DataAnnotations;

namespace Personalization.Consent;

/// <summary>Requests of people about their data: how long they may take, whom they are passed on to; section <c>Personalization:Rights</c>.</summary>
public sealed class RightsOptions
{
    public const string Section = "Rights";

    /// <summary>Name of this processor in OpenDSR answers, a domain. Default <c>localhost</c>, which says that none was configured.</summary>
    [Required, StringLength(253, MinimumLength = 1)]
    public string ProcessorDomain { get; set; } = "localhost";

    /// <summary>Name of the controller in OpenDSR answers. Default <c>controller</c>.</summary>
    [Required, StringLength(200, MinimumLength = 1)]
    public string ControllerId { get; set; } = "controller";

    /// <summary>
    /// Address under which the outside reaches this process, for links. Default: none, then that of the request by which a request came in.
    /// </summary>
    [Url]
    public string? PublicBaseUrl { get; set; }

    /// <summary>
    /// PEM file with the private key, RSA or elliptic curve, that signs answers, callbacks and certificates. Default: none, then a P-256
    /// key with a certificate of its own is made on the first start, and the discovery document says so.
    /// </summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>PEM file with the certificate of <see cref="SigningKeyFile"/>, chain included. Needed with it.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>
    /// Seconds that a request waits before it begins, default 600: until then it can be cancelled without a trace, which a mistaken
    /// erasure cannot be afterwards.
    /// </summary>
    [Range(0, 604_800)]
    public int PendingSeconds { get; set; } = 600;

    /// <summary>Seconds between looks for what is due, default 5: a request has a month, a cancellation window is minutes.</summary>
    [Range(1, 3_600)]
    public int PollSeconds { get; set; } = 5;

    /// <summary>Requests that may be open at a time, default 10,000: more than that is a flood, not people.</summary>
    [Range(1, 1_000_000)]
    public int MaxOpen { get; set; } = 10_000;

    /// <summary>Identities in one request, default 50: a person has a handful.</summary>
    [Range(1, 1_000)]
    public int MaxIdentities { get; set; } = 50;

    /// <summary>Bytes of a request's body, default 64 KiB: room for all identities and addresses that are allowed.</summary>
    [Range(1_024, 1_048_576)]
    public int MaxBodyBytes { get; set; } = 64 * 1024;

    /// <summary>Addresses that hear of a request's changes, default 10.</summary>
    [Range(0, 100)]
    public int MaxCallbacks { get; set; } = 10;

    /// <summary>Days for which finished requests and their certificates are kept as evidence, default 1095: the usual limitation of claims.</summary>
    [Range(30, 36_500)]
    public int EvidenceDays { get; set; } = 1_095;

    /// <summary>Whether callbacks and recipients may be in private networks, default no: an address in a request must not reach our own machines.</summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>Seconds for one call to a callback or recipient, default 10.</summary>
    [Range(1, 120)]
    public int CallTimeoutSeconds { get; set; } = 10;

    /// <summary>Calls that are tried before an address counts as unreachable, default 10: with the backoff about a day and a half.</summary>
    [Range(1, 50)]
    public int MaxAttempts { get; set; } = 10;

    /// <summary>Seconds after the first failed call, doubled with each, up to 12 hours; default 60.</summary>
    [Range(1, 3_600)]
    public int BackoffSeconds { get; set; } = 60;

    /// <summary>Processors that got the shop's data from us and are told of erasures (Art. 19 GDPR). Default: none.</summary>
    public IList<RecipientOptions> Recipients { get; set; } = [];

    /// <summary>Hours for which the link of an access export works, default 168: a week to fetch it.</summary>
    [Range(1, 2_160)]
    public int ExportHours { get; set; } = 168;

    /// <summary>Downloads of one export, default 5: room for interrupted ones.</summary>
    [Range(1, 100)]
    public int MaxDownloads { get; set; } = 5;

    /// <summary>
    /// What a copy says of purposes, retention and logic beside what the product knows of itself: title to text. Default: none.
    /// </summary>
    public IDictionary<string, string> Information { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What OpenDSR's identity types are here: type to kind of identifier. Default: <c>controller_customer_id</c> is a user id,
    /// <c>email</c> an e-mail address, ids of advertising and of devices are what they are called. Types that are not named, or whose
    /// kind the identity graph does not know, are refused, because nobody could be found by them.
    /// </summary>
    public IDictionary<string, string> IdentityKinds { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["controller_customer_id"] = "user_id",
        ["email"] = "email",
        ["android_advertising_id"] = "advertising_id",
        ["fire_advertising_id"] = "advertising_id",
        ["ios_advertising_id"] = "advertising_id",
        ["microsoft_advertising_id"] = "advertising_id",
        ["roku_advertising_id"] = "advertising_id",
        ["android_id"] = "device_id",
        ["ios_vendor_id"] = "device_id",
    };
}

/// <summary>A processor that takes OpenDSR requests.</summary>
public sealed class RecipientOptions
{
    /// <summary>As it stands in certificates and exports.</summary>
    [Required, StringLength(200, MinimumLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>Its OpenDSR address with the version, for example <c>https://mail.example/opendsr/v2</c>.</summary>
    [Required, Url]
    public string Url { get; set; } = "";

    /// <summary>Bearer token that it wants to see. Default: none.</summary>
    public string? Token { get; set; }
}
