using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>Options of lists of people.</summary>
public sealed class ListOptions
{
    public const string Section = "Features:Lists";

    /// <summary>
    /// Bytes of one upload of members, decoded, default 64 MiB: more than a million people. It is held while it is checked, and one is at a time.
    /// </summary>
    [Range(1 << 10, 512 << 20)]
    public int MaxUploadBytes { get; set; } = 64 << 20;
}
