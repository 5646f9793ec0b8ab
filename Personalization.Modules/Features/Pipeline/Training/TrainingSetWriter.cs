using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Personalization.Features.Pipeline.Training;

/// <summary>Writes a training set's rows twice: as CSV, and column by column.</summary>
internal sealed class TrainingSetWriter : IDisposable
{
    private static readonly TrainingColumn[] Labels =
    [
        new("clicked", ColumnType.Boolean, "label"),
        new("added", ColumnType.Boolean, "label"),
        new("ordered", ColumnType.Boolean, "label"),

        // Of an exposure whose window had not ended when the log did, an outcome may still come.
        new("window_ended", ColumnType.Boolean, "label"),
    ];

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");
    private readonly TrainingColumn[] _columns;
    private readonly ColumnFiles[] _files;
    private readonly StreamWriter _csv;

    public TrainingSetWriter(string folder, IReadOnlyList<TrainingColumn> columns)
    {
        var files = Directory.CreateDirectory(Path.Combine(folder, "columns")).FullName;
        _columns = [.. columns, .. Labels];
        _files = [.. _columns.Select(column => new ColumnFiles(files, column))];
        _csv = new StreamWriter(Path.Combine(folder, "rows.csv"), append: false, new UTF8Encoding(false)) { NewLine = "\r\n" };
        _csv.WriteLine(string.Join(',', _columns.Select(column => column.Name)));
    }

    public IReadOnlyList<TrainingColumn> Columns => _columns;

    /// <summary>One row: what was known, and what came of it.</summary>
    public void Write(IReadOnlyList<byte[]?> known, Outcome outcome, bool isWindowEnded)
    {
        for (var i = 0; i < known.Count; i++)
        {
            Put(i, known[i]);
        }

        Put(known.Count, Bit(outcome, Outcome.Clicked));
        Put(known.Count + 1, Bit(outcome, Outcome.Added));
        Put(known.Count + 2, Bit(outcome, Outcome.Ordered));
        Put(known.Count + 3, [isWindowEnded ? (byte)1 : (byte)0]);
        _csv.WriteLine();
    }

    public void Dispose()
    {
        _csv.Dispose();
        Array.ForEach(_files, file => file.Dispose());
    }

    private void Put(int column, byte[]? value)
    {
        _files[column].Add(value);
        if (column > 0)
        {
            _csv.Write(',');
        }

        _csv.Write(value is null ? "" : _columns[column].Type switch
        {
            ColumnType.Boolean => value[0] == 0 ? "0" : "1",
            ColumnType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(value).ToString(CultureInfo.InvariantCulture),
            ColumnType.Double => BinaryPrimitives.ReadDoubleLittleEndian(value).ToString("R", CultureInfo.InvariantCulture),
            _ => Quoted(Encoding.UTF8.GetString(value)),
        });
    }

    private static byte[] Bit(Outcome outcome, Outcome bit) => [(outcome & bit) != Outcome.None ? (byte)1 : (byte)0];

    /// <summary>RFC 4180.</summary>
    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
