using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>Where backups lie. Nothing outside it is ever read, written or deleted, and within it only what is a backup.</summary>
internal sealed partial class BackupFolder(IOptions<BackupOptions> options, TimeProvider time, ILogger<BackupFolder> logger)
{
    private const int MaxName = 64;

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Value.Directory);

    private string Root => Path.GetFullPath(options.Value.Directory!);

    /// <summary>Letters, digits, hyphens, underscores and dots within; so no name leaves the folder.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName && char.IsAsciiLetterOrDigit(name[0]) &&
        name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.') && !name.Contains("..", StringComparison.Ordinal);

    public bool Exists(string name) => Path.Exists(PathOf(name));

    public string PathOf(string name)
    {
        if (!IsName(name))
        {
            throw new ArgumentException("That is no name of a backup.", nameof(name));
        }

        return Path.Combine(Root, name);
    }

    /// <summary>Whole backups, the newest first.</summary>
    public IReadOnlyList<BackupManifest> List()
    {
        if (!IsConfigured || !Directory.Exists(Root))
        {
            return [];
        }

        return
        [
            .. Directory.EnumerateDirectories(Root)
                .Where(path => IsName(Path.GetFileName(path)))
                .Select(Read)
                .OfType<BackupManifest>()
                .OrderByDescending(manifest => manifest.CreatedAt),
        ];
    }

    /// <summary>When a backup is deleted.</summary>
    public DateTimeOffset ExpiresAt(BackupManifest manifest) => manifest.CreatedAt.AddDays(options.Value.MaxAgeDays);

    /// <summary>Deletes what is older than it may be, and returns how many backups that were.</summary>
    public int DeleteExpired()
    {
        var expired = List().Where(manifest => ExpiresAt(manifest) <= time.GetUtcNow()).ToList();
        foreach (var manifest in expired)
        {
            Directory.Delete(PathOf(manifest.Name), recursive: true);
            LogExpired(manifest.Name);
        }

        return expired.Count;
    }

    /// <summary>The folder names the backup: a manifest that names another could have others deleted.</summary>
    private BackupManifest? Read(string path)
    {
        try
        {
            return BackupManifest.Read(path) is { } manifest && manifest.Name == Path.GetFileName(path) ? manifest : null;
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or IOException)
        {
            LogDamaged(error, Path.GetFileName(path));
            return null;
        }
    }

    [LoggerMessage(EventId = 66, Level = LogLevel.Information, Message = "Backup {Name} has reached its age and is deleted")]
    private partial void LogExpired(string name);

    [LoggerMessage(EventId = 67, Level = LogLevel.Warning, Message = "The manifest of backup {Name} cannot be read; it is neither listed nor deleted when it expires")]
    private partial void LogDamaged(Exception error, string name);
}
