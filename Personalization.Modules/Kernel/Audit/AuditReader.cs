using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Audit;

/// <summary>Reads entries, beside the log that writes them. Thread-safe.</summary>
internal sealed class AuditReader(SqliteFile file, AuditLog log)
{
    public AuditHead Head => log.Head;

    public IReadOnlyList<AuditEntry> Newest(AuditQuery query, long before, int limit)
    {
        using var connection = file.Open();
        return AuditFile.Newest(connection, query, before, limit);
    }

    public IReadOnlyList<AuditEntry> Oldest(AuditQuery query, long after, int limit)
    {
        using var connection = file.Open();
        return AuditFile.Oldest(connection, query, after, limit);
    }
}
