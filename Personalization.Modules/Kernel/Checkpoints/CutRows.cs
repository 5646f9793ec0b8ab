using Dapper;
using Microsoft.Data.Sqlite;

namespace Personalization.Kernel.Checkpoints;

/// <summary>A row of a cut, or what several rows come to.</summary>
internal readonly record struct CutRow(byte Table, long Key, byte[] Value);

/// <summary>
/// The rows of one file of a cut, ascending by table and key, in the form in which they are compared. Reads as it goes; what is joined
/// without end comes in pieces.
/// </summary>
/// <param name="path">Of the file.</param>
/// <param name="forms">How tables are compared; row by row where nothing is said.</param>
/// <param name="tables">Those that are read; null for all.</param>
internal sealed class CutRows(string path, IReadOnlyDictionary<byte, ReplayRowsAttribute> forms, IReadOnlyCollection<byte>? tables = null)
{
    private const int PieceBytes = 64 << 10;
    private const string RowsSql = "SELECT table_id, key, value FROM checkpoint_row ORDER BY table_id, key";
    private const string RowsOfSql =
        "SELECT table_id, key, value FROM checkpoint_row WHERE table_id IN (SELECT value FROM json_each(@tables)) ORDER BY table_id, key";

    private const string KeysSql = "SELECT DISTINCT key FROM checkpoint_row WHERE table_id IN (SELECT value FROM json_each(@tables))";
    private const string VersionSql = "SELECT value FROM checkpoint_state WHERE name = 'version'";

    /// <summary>Of the states that wrote the file.</summary>
    public long? Version()
    {
        using var connection = Open(path);
        return connection.QuerySingleOrDefault<long?>(VersionSql);
    }

    /// <summary>Keys that have a row in one of these tables, each once, in no order.</summary>
    public static IEnumerable<long> Keys(string path, IReadOnlyCollection<byte> tables)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = KeysSql;
        command.Parameters.AddWithValue("@tables", Json(tables));
        using var keys = command.ExecuteReader();
        while (keys.Read())
        {
            yield return keys.GetInt64(0);
        }
    }

    public IEnumerable<CutRow> Read()
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = tables is null ? RowsSql : RowsOfSql;
        command.Parameters.AddWithValue("@tables", Json(tables ?? []));
        using var rows = command.ExecuteReader();
        var join = new Join();
        while (rows.Read())
        {
            var table = rows.GetByte(0);
            var form = forms.GetValueOrDefault(table);
            var key = rows.GetInt64(1);
            var owner = form?.Form == RowForm.JoinedByOwner ? key >> 32 : 0;
            if (!join.IsOf(table, owner) && join.TryEnd() is { } ended)
            {
                yield return ended;
            }

            switch (form?.Form ?? RowForm.Rows)
            {
                case RowForm.Rows:
                    yield return new CutRow(table, key, rows.GetFieldValue<byte[]>(2));
                    break;
                case RowForm.JoinedByOwner:
                    join.Add(table, owner, rows.GetFieldValue<byte[]>(2).AsSpan(form!.SkippedBytes), form.ElementBytes);
                    break;
                case RowForm.Joined:
                    join.Add(table, owner, rows.GetFieldValue<byte[]>(2).AsSpan(form!.SkippedBytes));
                    while (join.TryTake(PieceBytes) is { } piece)
                    {
                        yield return piece;
                    }

                    break;
            }
        }

        if (join.TryEnd() is { } last)
        {
            yield return last;
        }
    }

    private static string Json(IEnumerable<byte> tables) => $"[{string.Join(',', tables)}]";

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Rows of one owner that come one after the other.</summary>
    private sealed class Join
    {
        private int _elementBytes;
        private readonly List<byte> _bytes = [];
        private byte _table;
        private long _owner;
        private long _pieces;
        private bool _isOpen;

        public bool IsOf(byte table, long owner) => _isOpen && _table == table && _owner == owner;

        public void Add(byte table, long owner, ReadOnlySpan<byte> value, int elementBytes = 0)
        {
            _elementBytes = elementBytes;
            if (!_isOpen)
            {
                (_table, _owner, _pieces, _isOpen) = (table, owner, 0, true);
            }

            _bytes.AddRange(value);
        }

        public CutRow? TryTake(int bytes)
        {
            if (_bytes.Count < bytes)
            {
                return null;
            }

            var piece = new CutRow(_table, _pieces++, [.. _bytes[..bytes]]);
            _bytes.RemoveRange(0, bytes);
            return piece;
        }

        public CutRow? TryEnd()
        {
            if (!_isOpen)
            {
                return null;
            }

            var ended = new CutRow(_table, _owner + _pieces, _elementBytes == 0 ? [.. _bytes] : Sorted());
            _bytes.Clear();
            _isOpen = false;
            return ended;
        }

        private byte[] Sorted()
        {
            var elements = _bytes.Chunk(_elementBytes).ToList();
            elements.Sort(static (one, other) => one.AsSpan().SequenceCompareTo(other));
            return [.. elements.SelectMany(element => element)];
        }
    }
}
