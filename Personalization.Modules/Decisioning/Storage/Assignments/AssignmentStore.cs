using System.Buffers.Binary;
using Dapper;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Storage.Assignments;

/// <summary>Kept assignments on disk. Thread-safe.</summary>
internal sealed class AssignmentStore(string path)
{
    private const string AllSql = "SELECT owner AS Owner, experiment AS Experiment, arm AS Arm, at_ms AS AtMs FROM decisioning_assignment";

    private const string ExpireSql = "DELETE FROM decisioning_assignment WHERE at_ms < @beforeMs";

    private const string AddSql = "INSERT OR REPLACE INTO decisioning_assignment (owner, experiment, arm, at_ms) VALUES (@owner, @experiment, @arm, @atMs)";

    private const string OfOwnerSql = "SELECT owner AS Owner, experiment AS Experiment, arm AS Arm, at_ms AS AtMs FROM decisioning_assignment WHERE owner = @owner";

    private const string EraseSql = "DELETE FROM decisioning_assignment WHERE owner = @owner";

    private const string OwnersSql = "SELECT DISTINCT owner FROM decisioning_assignment";

    private const string ForgetSql = "DELETE FROM decisioning_assignment WHERE experiment = @experiment";

    private readonly SqliteFile _file = new(path, "Decisioning/Storage/Assignments");

    /// <summary>Those since a time; older ones go.</summary>
    public IReadOnlyList<AssignmentRow> Load(long sinceMs)
    {
        using var connection = _file.Open();
        connection.Execute(ExpireSql, new { beforeMs = sinceMs });
        return [.. connection.Query<Row>(AllSql, buffered: true).Select(row => row.ToAssignment())];
    }

    public void Add(IReadOnlyCollection<AssignmentRow> rows)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        connection.Execute(AddSql, rows.Select(row => new { owner = Bytes(row.Owner), experiment = row.Experiment, arm = row.Arm, atMs = row.AtMs }), transaction);
        transaction.Commit();
    }

    public IReadOnlyList<AssignmentRow> Of(IEnumerable<UInt128> owners)
    {
        using var connection = _file.Open();
        return [.. owners.SelectMany(owner => connection.Query<Row>(OfOwnerSql, new { owner = Bytes(owner) })).Select(row => row.ToAssignment())];
    }

    /// <summary>Everybody of whom something is kept.</summary>
    public IReadOnlyList<UInt128> Owners()
    {
        using var connection = _file.Open();
        return [.. connection.Query<byte[]>(OwnersSql).Select(owner => BinaryPrimitives.ReadUInt128BigEndian(owner))];
    }

    /// <summary>How many there were.</summary>
    public long Erase(IEnumerable<UInt128> owners)
    {
        using var connection = _file.Open();
        using var transaction = connection.BeginTransaction();
        var erased = owners.Sum(owner => (long)connection.Execute(EraseSql, new { owner = Bytes(owner) }, transaction));
        transaction.Commit();
        return erased;
    }

    public void Forget(IEnumerable<int> experiments)
    {
        using var connection = _file.Open();
        connection.Execute(ForgetSql, experiments.Select(experiment => new { experiment }));
    }

    private static byte[] Bytes(UInt128 owner)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, owner);
        return bytes;
    }

    private sealed record Row(byte[] Owner, long Experiment, long Arm, long AtMs)
    {
        public AssignmentRow ToAssignment() => new(BinaryPrimitives.ReadUInt128BigEndian(Owner), (int)Experiment, (int)Arm, AtMs);
    }
}
