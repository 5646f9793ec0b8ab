using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;

namespace Personalization.Tracking.Storage.DeadLetters;

/// <summary>
/// The file of the dead letters. It gives pages back when letters expire.
/// </summary>
internal sealed class DeadLetterFile
{
    public const string Name = "dead_letters";

    private readonly SqliteFile _file;

    public DeadLetterFile(string path)
    {
        _file = new SqliteFile(path, "Tracking/Storage/DeadLetters");
        using var connection = Open();
        if (Number(connection, "PRAGMA auto_vacuum;") == 0)
        {
            // Takes effect with a VACUUM, which costs nothing while the file is new.
            SqliteFile.Execute(connection, "PRAGMA auto_vacuum=INCREMENTAL; VACUUM;");
        }
    }

    public string Path => _file.Path;

    /// <summary>A new connection, which the caller owns and uses from one thread at a time.</summary>
    public SqliteConnection Open() => _file.Open();

    /// <summary>Bytes of the file itself.</summary>
    public static long BytesOf(SqliteConnection connection) =>
        Number(connection, "PRAGMA page_count;") * Number(connection, "PRAGMA page_size;");

    /// <summary>Gives free pages back, when they are more than a quarter of the file and more than a few.</summary>
    public static void Shrink(SqliteConnection connection)
    {
        var free = Number(connection, "PRAGMA freelist_count;");
        if (free > 256 && free * 4 > Number(connection, "PRAGMA page_count;"))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA incremental_vacuum;";
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                // Each step frees a page.
            }
        }
    }

    /// <summary>Moves everything into the file and empties the write-ahead log, so that nothing deleted is left in it.</summary>
    /// <exception cref="IOException">A reader was in the way for longer than the busy timeout.</exception>
    public static void Truncate(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE);";
        using var row = command.ExecuteReader();
        if (!row.Read() || row.GetInt32(0) != 0)
        {
            throw new IOException("The write-ahead log of the dead letters could not be emptied: a reader held it.");
        }
    }

    private static long Number(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the constants above.
        command.CommandText = pragma;
#pragma warning restore CA2100 // End of the exception above.
        return Convert.ToInt64(command.ExecuteScalar());
    }
}
