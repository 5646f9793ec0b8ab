namespace Personalization.Kernel.Checkpoints;

/// <summary>One row that is not the same.</summary>
/// <param name="File">Of the module.</param>
/// <param name="Table">Its number.</param>
/// <param name="Key">Of the row, or the owner's number of joined rows.</param>
/// <param name="Kind"><c>missing</c>: only the replay has it; <c>extra</c>: only the instance; <c>different</c>.</param>
/// <param name="FirstByte">Where the two part; null when one is missing.</param>
/// <param name="LiveBytes">Length in the instance.</param>
/// <param name="ReplayedBytes">Length in the replay.</param>
public sealed record RowDifference(string File, int Table, long Key, string Kind, int? FirstByte, int? LiveBytes, int? ReplayedBytes);

/// <summary>One table of both.</summary>
/// <param name="File">Of the module.</param>
/// <param name="Table">Its number.</param>
/// <param name="Form">How it was compared.</param>
/// <param name="Why">Why not bit for bit, row by row; null when it was.</param>
public sealed record TableComparison(string File, int Table, RowForm Form, string? Why)
{
    public long LiveRows { get; set; }

    public long ReplayedRows { get; set; }

    public long Different { get; set; }
}

/// <summary>Compares a file of a cut with the one that a replay left, in one walk along both.</summary>
internal sealed class CutComparison(int maxDifferences)
{
    private readonly List<RowDifference> _differences = [];
    private readonly List<TableComparison> _tables = [];

    /// <summary>The first of them.</summary>
    public IReadOnlyList<RowDifference> Differences => _differences;

    public IReadOnlyList<TableComparison> Tables => _tables;

    public void Compare(string file, string livePath, string replayedPath, IReadOnlyDictionary<byte, ReplayRowsAttribute> forms, CancellationToken cancellationToken)
    {
        using var live = new CutRows(livePath, forms).Read().GetEnumerator();
        using var replayed = new CutRows(replayedPath, forms).Read().GetEnumerator();
        Compare(file, live, replayed, forms, cancellationToken);
    }

    /// <summary>Compares the rows of some keys of some tables, all of them row by row.</summary>
    public void Compare(string file, string livePath, string replayedPath, IReadOnlyCollection<byte> tables, IReadOnlySet<int> keys, CancellationToken cancellationToken)
    {
        var forms = new Dictionary<byte, ReplayRowsAttribute>();
        using var live = Rows(livePath).GetEnumerator();
        using var replayed = Rows(replayedPath).GetEnumerator();
        Compare(file, live, replayed, forms, cancellationToken);

        IEnumerable<CutRow> Rows(string path) => new CutRows(path, forms, tables).Read().Where(row => keys.Contains((int)row.Key));
    }

    private void Compare(
        string file, IEnumerator<CutRow> live, IEnumerator<CutRow> replayed, IReadOnlyDictionary<byte, ReplayRowsAttribute> forms, CancellationToken cancellationToken)
    {
        var tables = new SortedDictionary<byte, TableComparison>();
        foreach (var declared in forms.Values.Where(form => form.Form == RowForm.NotCompared))
        {
            tables.Add(declared.Table, new TableComparison(file, declared.Table, declared.Form, declared.Why));
        }

        var (hasLive, hasReplayed) = (live.MoveNext(), replayed.MoveNext());
        while (hasLive || hasReplayed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var order = !hasLive ? 1 : !hasReplayed ? -1 : Order(live.Current, replayed.Current);
            var (one, other) = (order <= 0 ? live.Current : (CutRow?)null, order >= 0 ? replayed.Current : (CutRow?)null);
            var table = TableOf(tables, file, (one ?? other)!.Value.Table, forms);
            table.LiveRows += one is null ? 0 : 1;
            table.ReplayedRows += other is null ? 0 : 1;
            Judge(table, one, other);
            hasLive = order <= 0 ? live.MoveNext() : hasLive;
            hasReplayed = order >= 0 ? replayed.MoveNext() : hasReplayed;
        }

        _tables.AddRange(tables.Values);
    }

    private static int Order(in CutRow one, in CutRow other) =>
        one.Table != other.Table ? one.Table.CompareTo(other.Table) : one.Key.CompareTo(other.Key);

    private static TableComparison TableOf(
        SortedDictionary<byte, TableComparison> tables, string file, byte number, IReadOnlyDictionary<byte, ReplayRowsAttribute> forms)
    {
        if (!tables.TryGetValue(number, out var table))
        {
            var form = forms.GetValueOrDefault(number);
            tables.Add(number, table = new TableComparison(file, number, form?.Form ?? RowForm.Rows, form?.Why));
        }

        return table;
    }

    private void Judge(TableComparison table, CutRow? live, CutRow? replayed)
    {
        if (live is { } one && replayed is { } other && one.Value.AsSpan().SequenceEqual(other.Value))
        {
            return;
        }

        table.Different++;
        if (_differences.Count < maxDifferences)
        {
            var kind = live is null ? "missing" : replayed is null ? "extra" : "different";
            int? firstByte = live is null || replayed is null ? null : live.Value.Value.AsSpan().CommonPrefixLength(replayed.Value.Value);
            _differences.Add(new RowDifference(
                table.File, table.Table, (live ?? replayed)!.Value.Key, kind, firstByte, live?.Value.Length, replayed?.Value.Length));
        }
    }
}
