using System.ComponentModel.DataAnnotations;

namespace Personalization.Decisioning;

/// <summary>Feature flags and experiments. Section <c>Personalization:Flags</c>.</summary>
public sealed class FlagOptions
{
    public const string Section = "Flags";

    /// <summary>Bytes of the document of all flags. 4 MiB: thousands of flags; every evaluation reads them from memory.</summary>
    [Range(1_024, 64 << 20)]
    public int MaxBytes { get; set; } = 4 << 20;

    /// <summary>Bytes of the context of one evaluation. 64 KiB: attributes are few and short.</summary>
    [Range(256, 1 << 20)]
    public int MaxContextBytes { get; set; } = 64 << 10;
}
