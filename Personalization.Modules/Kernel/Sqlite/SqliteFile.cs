using System.Reflection;
using Microsoft.Data.Sqlite;

namespace Personalization.Kernel.Sqlite;

/// <summary>
/// One SQLite file of one owner: opened in WAL mode with <c>synchronous=FULL</c>, so that a commit is on disk when it
/// returns, and brought up to date by the owner's numbered migrations. What is deleted or replaced is overwritten, so that an erasure
/// leaves nothing in free pages.
/// </summary>
internal sealed class SqliteFile
{
    static SqliteFile() => SQLitePCL.Batteries_V2.Init();

    private readonly string _connectionString;

    /// <summary>Opens or creates the file and applies the migrations under <paramref name="migrations"/>, for example <c>Kernel/Log</c>.</summary>
    public SqliteFile(string path, string migrations)
    {
        Path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        using var connection = Open();
        Migrate(connection, migrations);
    }

    public string Path { get; }

    /// <summary>A new connection, which the caller owns and uses from one thread at a time.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON; PRAGMA secure_delete=ON;");
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this kernel and its migrations, never built from input.
        command.CommandText = sql;
#pragma warning restore CA2100 // End of the exception above.
        command.ExecuteNonQuery();
    }

    private static void Migrate(SqliteConnection connection, string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"{folder}/Migrations/";
        var applied = UserVersion(connection);
        var pending = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(name => name, StringComparer.Ordinal)
            .Skip(applied);
        foreach (var name in pending)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            Execute(connection, $"BEGIN IMMEDIATE; {reader.ReadToEnd()}; PRAGMA user_version={++applied}; COMMIT;");
        }
    }

    private static int UserVersion(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version;";
        return Convert.ToInt32(command.ExecuteScalar());
    }
}
