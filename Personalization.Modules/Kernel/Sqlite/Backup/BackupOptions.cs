using System.ComponentModel.DataAnnotations;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>Copies of the installation's files; section <c>Personalization:Backup</c>.</summary>
public sealed class BackupOptions
{
    public const string Section = "Backup";

    /// <summary>
    /// Where backups go, each into a folder of its own; default none, and then none can be made. Not the data directory, nor within
    /// it: what is erased there must not lie there again.
    /// </summary>
    [MaxLength(4_096)]
    public string? Directory { get; set; }

    /// <summary>
    /// Days until a backup is deleted, default 30: what a person asked to be erased is in no copy for longer than the month in which the
    /// law wants the request answered.
    /// </summary>
    [Range(1, 3_650)]
    public int MaxAgeDays { get; set; } = 30;

    /// <summary>Minutes between looks for expired backups, default 60: a backup outlives its age by no more than that.</summary>
    [Range(1, 1_440)]
    public int ExpiryIntervalMinutes { get; set; } = 60;
}
