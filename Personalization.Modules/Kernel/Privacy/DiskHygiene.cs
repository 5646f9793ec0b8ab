using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// Leaves nothing of what was removed on disk. What is deleted is overwritten where it stood (<c>secure_delete</c>, on every
/// connection); what still stands in a write-ahead log goes with the log, which is moved into its file and cut to nothing.
/// </summary>
internal sealed class DiskHygiene(DataDirectory directory)
{
    private const int Tries = 5;

    /// <summary>Every SQLite file of the installation, whoever owns it.</summary>
    public IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(directory.Path, "*.db").Order(StringComparer.Ordinal)];

    /// <summary>Empties the write-ahead log of one file and returns how many bytes were in it. Blocks.</summary>
    /// <exception cref="IOException">A reader was in the way all the time. May be tried again.</exception>
    public static long EmptyWal(string path)
    {
        var wal = new FileInfo(path + "-wal");
        var before = wal.Exists ? wal.Length : 0;
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();

        // Each try waits for readers as long as the busy timeout.
        SqliteFile.Execute(connection, "PRAGMA busy_timeout=3000; PRAGMA secure_delete=ON;");
        for (var attempt = 1; !TryTruncate(connection); attempt++)
        {
            if (attempt == Tries)
            {
                throw new IOException($"The write-ahead log of {Path.GetFileName(path)} could not be emptied: a reader held it.");
            }
        }

        return before;
    }

    private static bool TryTruncate(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE);";
        using var row = command.ExecuteReader();
        return row.Read() && row.GetInt32(0) == 0;
    }
}
