using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>How past events are imported; section <c>Personalization:Tracking:Import</c>.</summary>
public sealed class ImportOptions
{
    public const string Section = "Tracking:Import";

    /// <summary>
    /// Events that are written at a time, default 200: together they are a millisecond of work, which a recommendation may have to
    /// wait for on a small machine. Never more than a batch may have.
    /// </summary>
    [Range(1, 2_500)]
    public int BatchEvents { get; set; } = 200;

    /// <summary>
    /// Part of the time that an import works, in percent, default 50; for the rest it waits, so that requests find a free core.
    /// 100 imports as fast as the stages follow.
    /// </summary>
    [Range(1, 100)]
    public int WorkPercent { get; set; } = 50;

    /// <summary>Imports that may run at the same time, default 2: more only share the same lane.</summary>
    [Range(1, 64)]
    public int MaxRunning { get; set; } = 2;

    /// <summary>Refused lines that a report names, default 100; all of them are counted, and kept as dead letters.</summary>
    [Range(0, 10_000)]
    public int MaxErrors { get; set; } = 100;

    /// <summary>Imports that are remembered, default 1,000; the oldest finished ones are forgotten, and with them where to go on.</summary>
    [Range(10, 100_000)]
    public int MaxRemembered { get; set; } = 1_000;
}
