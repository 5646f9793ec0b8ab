using System.Text.Json;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>What a backup holds; written last, so that a folder with one is whole.</summary>
/// <param name="Name">Of the backup and its folder.</param>
/// <param name="CreatedAt">When its moment was.</param>
/// <param name="SealedOffset">Of the checkpoint that is in it.</param>
/// <param name="LogNextOffset">Of the log that is in it; never before the sealed one.</param>
/// <param name="Files">Each with its length and SHA-256.</param>
internal sealed record BackupManifest(
    string Name, DateTimeOffset CreatedAt, long SealedOffset, long LogNextOffset, IReadOnlyList<BackupManifest.Entry> Files)
{
    public const string FileName = "backup.json";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Null when the folder holds no backup of ours, or one that was never finished.</summary>
    /// <exception cref="JsonException">There is one, and it is damaged.</exception>
    public static BackupManifest? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<BackupManifest>(File.ReadAllText(path), Form) : null;
    }

    public void Write(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(file, this, Form);
        file.Flush(flushToDisk: true);
    }

    /// <summary>A file of the backup.</summary>
    internal sealed record Entry(string Name, long Bytes, string Sha256);
}
