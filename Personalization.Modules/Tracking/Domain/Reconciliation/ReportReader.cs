using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>
/// Reads a report: <c>{"timeZone": "Europe/Berlin", "tolerance": 0.01, "rows": […]}</c>, or the rows alone. Names every fault up to a hundred,
/// so that a report is mended in one go.
/// </summary>
internal sealed class ReportReader(int maxRows, int maxIds)
{
    private const int MaxErrors = 100;
    private const int MaxSums = 20;
    private const int MaxIdLength = 512;

    /// <summary>As long as a name may be to be a series of its own.</summary>
    private const int MaxNameBytes = SeriesDirectory.MaxNameBytes;

    /// <summary>Within which a decimal adds exactly.</summary>
    private const decimal MaxSum = 1_000_000_000_000_000_000m;
    private readonly List<ReportError> _errors = [];
    private readonly HashSet<(DateOnly, string, EventType, string)> _rows = [];
    private int _ids;

    public IReadOnlyList<ReportError> Errors => _errors;

    /// <summary>The report, or null with <see cref="Errors"/>.</summary>
    public BatchReport? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var report = Read(document.RootElement);
            return _errors.Count == 0 ? report : null;
        }
        catch (JsonException error)
        {
            Fault("", $"The body is not JSON: it cannot be read from line {error.LineNumber + 1}, byte {error.BytePositionInLine} on.");
            return null;
        }
        catch (InvalidOperationException)
        {
            // A text with half a surrogate pair is JSON, but cannot be read as a text.
            Fault("", "A text of the body holds half a surrogate pair.");
            return null;
        }
    }

    private BatchReport Read(JsonElement root)
    {
        var zone = TimeZoneInfo.Utc;
        var tolerance = 0m;
        var rows = root;
        var path = "";
        if (root.ValueKind == JsonValueKind.Object)
        {
            zone = root.TryGetProperty("timeZone", out var name) ? ZoneOf(name) : zone;
            tolerance = root.TryGetProperty("tolerance", out var given) ? NumberOf(given, "/tolerance", 0) : 0;
            rows = root.TryGetProperty("rows", out var found) ? found : default;
            path = "/rows";
        }

        return new BatchReport(zone, tolerance, RowsOf(rows, path));
    }

    private List<ReportRow> RowsOf(JsonElement rows, string path)
    {
        var read = new List<ReportRow>();
        if (rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() is var length && (length == 0 || length > maxRows))
        {
            Fault(path, $"1 to {maxRows} rows are needed, as an array.");
            return read;
        }

        var index = 0;
        foreach (var row in rows.EnumerateArray())
        {
            read.Add(RowOf(row, $"{path}/{index++}"));
        }

        return read;
    }

    private ReportRow RowOf(JsonElement row, string path)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            Fault(path, "Must be an object.");
            return new ReportRow(default, "", default, "", 0, new Dictionary<string, decimal>(), null);
        }

        var type = TypeOf(row, path);
        var read = new ReportRow(
            DayOf(row, path),
            TextOf(row, "source", path, isNeeded: true),
            type,
            TextOf(row, "event", path, isNeeded: type == EventType.Track),
            row.TryGetProperty("count", out var count) ? (long)NumberOf(count, path + "/count", 0, isWhole: true) : Missing(path + "/count"),
            SumsOf(row, path),
            IdsOf(row, path));
        read = type == EventType.Track ? read : read with { Event = "" };
        if (!_rows.Add((read.Day, read.Source, read.Type, read.Event)))
        {
            Fault(path, "There is another row for the same day, source and event.");
        }

        return read;
    }

    private DateOnly DayOf(JsonElement row, string path)
    {
        if (row.TryGetProperty("day", out var day) && day.ValueKind == JsonValueKind.String &&
            DateOnly.TryParseExact(day.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) && read.Year is >= 1971 and <= 9000)
        {
            return read;
        }

        Fault(path + "/day", "Must be a day like 2026-11-20.");
        return default;
    }

    private EventType TypeOf(JsonElement row, string path)
    {
        if (!row.TryGetProperty("type", out var type))
        {
            return EventType.Track;
        }

        if (type.ValueKind == JsonValueKind.String && type.GetString() is { Length: > 0 } name && char.IsAsciiLetterLower(name[0]) &&
            EnumName.TryFind<EventType>(name, out var read))
        {
            return read;
        }

        Fault(path + "/type", "Must be track, identify, page, screen, group or alias.");
        return EventType.Track;
    }

    private string TextOf(JsonElement row, string name, string path, bool isNeeded)
    {
        if (row.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 } read && Encoding.UTF8.GetByteCount(read) <= MaxNameBytes)
        {
            return read;
        }

        if (isNeeded)
        {
            Fault($"{path}/{name}", $"Must be text of 1 to {MaxNameBytes} bytes.");
        }

        return "";
    }

    private Dictionary<string, decimal> SumsOf(JsonElement row, string path)
    {
        var sums = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (!row.TryGetProperty("sums", out var given) || given.ValueKind == JsonValueKind.Null)
        {
            return sums;
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            Fault(path + "/sums", "Must be an object of numbers.");
            return sums;
        }

        foreach (var sum in given.EnumerateObject().Take(MaxSums + 1))
        {
            sums[sum.Name] = NumberOf(sum.Value, $"{path}/sums/{sum.Name}", -MaxSum);
        }

        if (sums.Count > MaxSums)
        {
            Fault(path + "/sums", $"At most {MaxSums} sums.");
        }

        return sums;
    }

    private List<string>? IdsOf(JsonElement row, string path)
    {
        if (!row.TryGetProperty("messageIds", out var given) || given.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.Array || (_ids += given.GetArrayLength()) > maxIds)
        {
            Fault(path + "/messageIds", $"Must be an array of texts, at most {maxIds} in all rows together.");
            return null;
        }

        var ids = new List<string>(given.GetArrayLength());
        foreach (var id in given.EnumerateArray())
        {
            if (id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= MaxIdLength } read)
            {
                ids.Add(read);
            }
            else
            {
                Fault(path + "/messageIds", $"Each must be text of 1 to {MaxIdLength} characters.");
                break;
            }
        }

        return ids;
    }

    private TimeZoneInfo ZoneOf(JsonElement name)
    {
        if (name.ValueKind == JsonValueKind.String && TimeZoneInfo.TryFindSystemTimeZoneById(name.GetString()!, out var zone))
        {
            return zone;
        }

        Fault("/timeZone", "Must be the name of a time zone like Europe/Berlin.");
        return TimeZoneInfo.Utc;
    }

    private decimal NumberOf(JsonElement number, string path, decimal least, bool isWhole = false)
    {
        if (number.ValueKind == JsonValueKind.Number && number.TryGetDecimal(out var read) && read >= least && read <= MaxSum && (!isWhole || decimal.IsInteger(read)))
        {
            return read;
        }

        Fault(path, isWhole ? "Must be a whole number, 0 or more." : $"Must be a number from {least} to {MaxSum}.");
        return 0;
    }

    private long Missing(string path)
    {
        Fault(path, "Must be a whole number, 0 or more.");
        return 0;
    }

    private void Fault(string location, string reason)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(new ReportError(location, reason));
        }
    }
}
