namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>
/// Puts a backup in place of an installation's files, while no host runs on them. The records of erasures stay as they are: the next
/// start measures the old log against them, and erases again before it serves.
/// </summary>
public static class BackupRestore
{
    /// <summary>Verifies the whole backup first; until then nothing is touched.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <param name="dataDirectory">The installation's; made when it is not there.</param>
    /// <param name="replaces">Whether files that are there may be replaced.</param>
    /// <returns>What is wrong; null when it is done.</returns>
    public static string? Run(string backup, string dataDirectory, bool replaces)
    {
        if (Verify(backup, out var manifest) is { } fault)
        {
            return fault;
        }

        Directory.CreateDirectory(dataDirectory);
        if (BackupSet.Of(dataDirectory).Count > 0 && !replaces)
        {
            return $"There is an installation in {dataDirectory} already. Say --replace to put the backup in its place.";
        }

        using var own = InstallationLock.TryTake(dataDirectory);
        if (own is null)
        {
            return $"A host runs on {dataDirectory}: stop it first.";
        }

        // Beside the files that they replace, so that a full disk is noticed while those are still there.
        foreach (var file in manifest!.Files)
        {
            File.Copy(Path.Combine(backup, file.Name), Path.Combine(dataDirectory, file.Name + ".restoring"), overwrite: true);
        }

        foreach (var old in BackupSet.Of(dataDirectory))
        {
            foreach (var ending in new[] { "", "-wal", "-shm" })
            {
                File.Delete(Path.Combine(dataDirectory, old + ending));
            }
        }

        foreach (var file in manifest.Files)
        {
            File.Move(Path.Combine(dataDirectory, file.Name + ".restoring"), Path.Combine(dataDirectory, file.Name));
        }

        return null;
    }

    private static string? Verify(string backup, out BackupManifest? manifest)
    {
        manifest = null;
        try
        {
            manifest = BackupManifest.Read(backup);
        }
        catch (System.Text.Json.JsonException)
        {
            return $"The manifest in {backup} is damaged.";
        }

        if (manifest is null)
        {
            return $"There is no backup in {backup}: it has no {BackupManifest.FileName}.";
        }

        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(backup, file.Name);
            if (!BackupSet.IsCopied(file.Name) || !File.Exists(path) || BackupSet.HashOf(path) != file.Sha256)
            {
                return $"The file {file.Name} of the backup is missing or damaged. Nothing was changed.";
            }
        }

        return null;
    }
}
