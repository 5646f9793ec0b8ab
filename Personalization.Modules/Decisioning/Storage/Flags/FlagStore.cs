using Dapper;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Flags;

/// <summary>Versions of the flags, in a file of their own: they are the shop's will, not derived from the log. Thread-safe.</summary>
[HoldsNoPersonalData("A flag says what is shown to whom by attribute; lists of people belong into segments.")]
internal sealed class FlagStore(string path) : IFlagStore
{
    private const string NewestSql =
        "SELECT version AS Version, put_at_ms AS PutAtMs, body AS Body FROM decisioning_flags ORDER BY version DESC LIMIT 1";

    private const string VersionSql = "SELECT version AS Version, put_at_ms AS PutAtMs, body AS Body FROM decisioning_flags WHERE version = @version";

    private const string AddSql = "INSERT INTO decisioning_flags (version, put_at_ms, body) VALUES (@version, @putAtMs, @body)";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Flags");

    public StoredFlags? Newest()
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<Row>(NewestSql)?.ToStored();
    }

    public StoredFlags? Version(long version)
    {
        using var connection = _file.Open();
        return connection.QuerySingleOrDefault<Row>(VersionSql, new { version })?.ToStored();
    }

    public void Add(StoredFlags flags)
    {
        using var connection = _file.Open();
        connection.Execute(AddSql, new { version = flags.Version, putAtMs = flags.PutAtMs, body = flags.Body });
    }

    private sealed record Row(long Version, long PutAtMs, byte[] Body)
    {
        public StoredFlags ToStored() => new(Version, PutAtMs, Body);
    }
}
