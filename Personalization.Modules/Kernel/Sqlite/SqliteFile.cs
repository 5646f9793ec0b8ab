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
    private readonly bool _isReadOnly;

    private SqliteFile(string path)
    {
        Path = path;
        _isReadOnly = true;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString();
    }

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

    /// <summary>A file that somebody else may have open and write: it is left as it is.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It was written by a program with other migrations.</exception>
    public static SqliteFile OpenReadOnly(string path, string migrations)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {System.IO.Path.GetFileName(path)} in {System.IO.Path.GetDirectoryName(path)}.", path);
        }

        var file = new SqliteFile(path);
        using var connection = file.Open();
        var known = MigrationNames(migrations).Count();
        if (UserVersion(connection) is var version && version != known)
        {
            throw new InvalidDataException($"{System.IO.Path.GetFileName(path)} is of version {version}, and this program reads version {known}.");
        }

        return file;
    }

    /// <summary>A new connection, which the caller owns and uses from one thread at a time.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        if (_isReadOnly)
        {
            Execute(connection, "PRAGMA busy_timeout=10000; PRAGMA cell_size_check=ON;");
            return connection;
        }

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
        var applied = UserVersion(connection);
        foreach (var name in MigrationNames(folder).Skip(applied))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            Execute(connection, $"BEGIN IMMEDIATE; {reader.ReadToEnd()}; PRAGMA user_version={++applied}; COMMIT;");
        }
    }

    private static IEnumerable<string> MigrationNames(string folder)
    {
        var prefix = $"{folder}/Migrations/";
        return Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(name => name, StringComparer.Ordinal);
    }

    private static int UserVersion(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version;";
        return Convert.ToInt32(command.ExecuteScalar());
    }
}
