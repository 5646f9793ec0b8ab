using System.Text;
using CsvHelper;

namespace Personalization.Tracking.Domain.Import;

/// <summary>Takes the fields out of CSV rows (RFC 4180), one row after the other. A sign of inches amid a field is only a sign.</summary>
internal sealed class CsvFields
{
    private readonly CsvReaderOptions _options;
    private string[] _fields = [];
    private bool _isBad;

    public CsvFields(char delimiter)
    {
        _options = new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            SkipEmptyLines = false,
            Encoding = Encoding.UTF8,
            OnMalformedRecord = record => _isBad |= record.Reason != CsvMalformedReason.StrayQuote,
        };
    }

    public int Count { get; private set; }

    public string this[int index] => _fields[index];

    /// <summary>The delimiter that a header is written with: the one of comma, semicolon, tab and bar that it has most of outside quotes.</summary>
    public static char DelimiterOf(ReadOnlySpan<byte> header)
    {
        var (best, most) = (',', 0);
        foreach (var delimiter in ",;\t|")
        {
            var (count, isInQuotes) = (0, false);
            foreach (var value in header)
            {
                isInQuotes ^= value == '"';
                count += !isInQuotes && value == delimiter ? 1 : 0;
            }

            (best, most) = count > most ? (delimiter, count) : (best, most);
        }

        return best;
    }

    /// <summary>Reads one row, valid UTF-8 without its end. False when it is not one row, which <paramref name="fault"/> then explains.</summary>
    public bool TryRead(ReadOnlyMemory<byte> row, out string? fault)
    {
        _isBad = false;
        fault = null;
        using var reader = CsvReader.Create(row.TrimEnd((byte)'\r'), _options);
        if (!reader.Read())
        {
            Count = 0;
            fault = "The row is empty.";
            return false;
        }

        Count = reader.FieldCount;
        if (_fields.Length < Count)
        {
            _fields = new string[Count];
        }

        for (var i = 0; i < Count; i++)
        {
            _fields[i] = reader.GetString(i);
        }

        if (_isBad)
        {
            fault = "Quotes stand where none may.";
        }
        else if (reader.Read())
        {
            // The reader would end a row where we do not, and what stands behind would be lost in silence.
            fault = "The row ends within its line, at a bare carriage return or amid quotes: rows end with LF or CRLF.";
        }

        return fault is null;
    }
}
