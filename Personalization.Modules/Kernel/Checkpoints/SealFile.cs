using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// The kernel's word on which cut counts: one row, one offset. Writing it is the instant at which a checkpoint of all
/// modules happens; before it the old cut is the true one, after it the new one.
/// </summary>
internal sealed class SealFile(string path)
{
    private const string SealSql =
        "INSERT INTO checkpoint_state (name, value) VALUES ('sealed_offset', @offset) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    private readonly SqliteFile _file = new(path, "Kernel/Checkpoints");

    /// <summary>0 when nothing was ever sealed.</summary>
    public long Read()
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<long?>("SELECT value FROM checkpoint_state WHERE name = 'sealed_offset'") ?? 0;
    }

    public void Write(long offset)
    {
        using SqliteConnection connection = _file.Open();
        connection.Execute(SealSql, new { offset });
    }
}
