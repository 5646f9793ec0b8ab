using System.ComponentModel.DataAnnotations;

namespace Personalization.Identity;

/// <summary>What belongs to one person and what does not; section <c>Personalization:Identity</c>.</summary>
public sealed class IdentityOptions
{
    public const string Section = "Identity";

    /// <summary>
    /// External ids that events may carry in <c>context.externalIds</c> (RudderStack: <c>context.externalId</c>), at most 16; the first
    /// outranks the second. Default: none, because an id of a kind that nobody vouches for joins strangers. A change replays the log: the
    /// ids stand in old events as well.
    /// </summary>
    [MaxLength(16)]
    public IList<ExternalKindOptions> Kinds { get; } = [];

    /// <summary>E-mail addresses of one person, default 5: people have a few, and an address that comes with many is not theirs.</summary>
    [Range(1, 1_000_000)]
    public int MaxEmails { get; set; } = 5;

    /// <summary>Telephone numbers of one person, default 5, as for e-mail.</summary>
    [Range(1, 1_000_000)]
    public int MaxPhones { get; set; } = 5;

    /// <summary>Devices (and as many advertising ids) of one person, default 100: years of telephones, and no call centre.</summary>
    [Range(1, 1_000_000)]
    public int MaxDevices { get; set; } = 100;

    /// <summary>Anonymous ids of one person, default 1,000: browsers that delete them make some each week; a server that makes one per call is stopped.</summary>
    [Range(1, 1_000_000)]
    public int MaxAnonymousIds { get; set; } = 1_000;

    /// <summary>Values that name nobody, beside the well-known ones (<see cref="BlockWellKnown"/>).</summary>
    public IList<BlockedValueOptions> Blocked { get; } = [];

    /// <summary>
    /// Whether <c>null</c>, <c>undefined</c>, <c>anonymous</c>, <c>none</c>, zeros, the UUID of zeros, <c>test@…</c> and their like name
    /// nobody. Default true: they come from mistakes in clients, and each joins everybody who has it.
    /// </summary>
    public bool BlockWellKnown { get; set; } = true;

    /// <summary>
    /// Profiles that one value may join within the window before it links no more, default 50: beyond any family, well below what a
    /// placeholder does within an hour.
    /// </summary>
    [Range(2, 10_000_000)]
    public int QuarantineProfiles { get; set; } = 50;

    /// <summary>Hours of that window, by the time of arrival as the log has it; default 24, so that a kiosk is found in a day.</summary>
    [Range(1, 8_760)]
    public int QuarantineWindowHours { get; set; } = 24;
}

/// <summary>A declared kind of external id.</summary>
public sealed class ExternalKindOptions
{
    /// <summary>As clients name it in <c>type</c>, for example <c>crm_id</c>. Upper and lower case, spaces, - and _ make no difference there.</summary>
    [Required]
    [StringLength(64)]
    public string Name { get; set; } = "";

    /// <summary>Whether values are kept, encrypted, to be shown to a server key. Default true: support staff look people up by them.</summary>
    public bool IsPersonal { get; set; } = true;

    /// <summary>Values of one person, default 1: a customer number is one's own.</summary>
    [Range(1, 1_000_000)]
    public int MaxPerProfile { get; set; } = 1;
}

/// <summary>A value that names nobody.</summary>
public sealed class BlockedValueOptions
{
    /// <summary>The kind that it is blocked for, for example <c>email</c>; empty, the default, for all.</summary>
    [StringLength(64)]
    public string Kind { get; set; } = "";

    /// <summary>The value, without regard to ASCII case; <c>*</c> stands for any text.</summary>
    [Required]
    [StringLength(256)]
    public string Value { get; set; } = "";
}
