using System.Text;
using System.Text.Json;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// Which column of a CSV file becomes which field of an event. A column is named like the field's path (<c>userId</c>,
/// <c>properties.product_id</c>), or a mapping says which path it stands for; other columns are left out and named in the report.
/// </summary>
internal sealed class ColumnMapping
{
    private static readonly string[] Fields =
        ["type", "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp", "category"];

    private static readonly string[] Objects = ["properties", "traits", "context"];

    /// <summary>Columns and constants in the order of the tree, so that objects are opened and closed once.</summary>
    private readonly List<Cell> _cells = [];

    private ColumnMapping()
    {
    }

    /// <summary>Columns of the header.</summary>
    public int ColumnCount { get; private init; }

    /// <summary>Columns that no field comes from.</summary>
    public IReadOnlyList<string> UnknownColumns { get; private init; } = [];

    /// <summary>Makes the mapping of a header. Null when it cannot be; the reason is in <paramref name="fault"/>.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <param name="rules">What the caller wants of single columns: <c>column=path</c> or <c>column=path:type</c>; an empty path leaves it out.</param>
    /// <param name="constants">Values for every row: <c>path=value</c>.</param>
    /// <param name="fault">What is wrong, in a sentence.</param>
    public static ColumnMapping? Make(IReadOnlyList<string> header, IEnumerable<string> rules, IEnumerable<string> constants, out string? fault)
    {
        fault = null;
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            var equals = rule.LastIndexOf('=');
            if (equals <= 0 || !wanted.TryAdd(rule[..equals], rule[(equals + 1)..]))
            {
                fault = $"The mapping '{rule}' is not of the form column=path, or stands there twice.";
                return null;
            }
        }

        var unknown = new List<string>();
        var mapping = new ColumnMapping { ColumnCount = header.Count, UnknownColumns = unknown };
        for (var i = 0; i < header.Count; i++)
        {
            var path = wanted.Remove(header[i], out var rule) ? rule : DefaultPath(header[i]);
            if (path is null)
            {
                unknown.Add(header[i]);
            }
            else if (path.Length > 0 && (fault = mapping.Add(path, i, constant: null)) is not null)
            {
                return null;
            }
        }

        foreach (var constant in constants)
        {
            var equals = constant.IndexOf('=', StringComparison.Ordinal);
            fault ??= equals <= 0 ? $"'{constant}' is not of the form path=value." : mapping.Add(constant[..equals], -1, constant[(equals + 1)..]);
        }

        fault ??= wanted.Count > 0 ? $"The file has no column '{wanted.Keys.First()}'." : mapping.FindMissing();
        mapping._cells.Sort((a, b) => string.CompareOrdinal(a.SortKey, b.SortKey));
        fault ??= mapping.FindClash();
        return fault is null ? mapping : null;
    }

    /// <summary>Writes a row as an event. Empty fields are left out. Returns what is wrong with the row, if anything is.</summary>
    public string? Write(CsvFields row, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        Cell? before = null;
        foreach (var cell in _cells)
        {
            var text = cell.Constant ?? row[cell.Column];
            if (text.Length == 0)
            {
                continue;
            }

            var depth = Close(before, cell, json);
            for (; depth < cell.Path.Length - 1; depth++)
            {
                json.WriteStartObject(cell.Path[depth]);
            }

            json.WritePropertyName(cell.Path[^1]);
            if (!ColumnValue.TryWrite(json, text, cell.Type))
            {
                return $"Column {cell.Column + 1} is not a {cell.Type.ToString().ToLowerInvariant()}.";
            }

            before = cell;
        }

        Close(before, null, json);
        json.WriteEndObject();
        return null;
    }

    /// <summary>Closes the objects of the cell before that this one does not stand in; returns how many stay open.</summary>
    private static int Close(Cell? before, Cell? next, Utf8JsonWriter json)
    {
        var open = before is null ? 0 : before.Path.Length - 1;
        var common = 0;
        while (next is not null && common < Math.Min(open, next.Path.Length - 1) && before!.Path[common] == next.Path[common])
        {
            common++;
        }

        for (; open > common; open--)
        {
            json.WriteEndObject();
        }

        return common;
    }

    private static string? DefaultPath(string column)
    {
        var dot = column.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0)
        {
            return Objects.Contains(column[..dot], StringComparer.Ordinal) ? column : null;
        }

        var plain = Plain(column);
        return Array.Find(Fields, field => Plain(field) == plain);
    }

    /// <summary>user_id, User ID and userId are the same column to whoever exports them.</summary>
    private static string Plain(string name) =>
        new StringBuilder(name).Replace("_", "").Replace(" ", "").Replace("-", "").ToString().ToLowerInvariant();

    private string? Add(string pathAndType, int column, string? constant)
    {
        var colon = pathAndType.LastIndexOf(':');
        var path = colon < 0 ? pathAndType : pathAndType[..colon];
        var type = ColumnValue.TypeOf(path);
        if (colon >= 0 && !EnumName.TryFind(pathAndType[(colon + 1)..], out type))
        {
            return $"'{pathAndType[(colon + 1)..]}' is not a type: text, number, boolean or json.";
        }

        var steps = path.Split('.');
        var isKnown = steps.Length == 1 ? Fields.Contains(path, StringComparer.Ordinal) : Objects.Contains(steps[0], StringComparer.Ordinal);
        if (!isKnown || steps.Length > ParserLimits.EventDepth / 2 || Array.Exists(steps, step => step.Length == 0))
        {
            return $"'{path}' is no field of an event: take one of {string.Join(", ", Fields)}, or one below properties, traits or context.";
        }

        _cells.Add(new Cell(steps, column, constant, type));
        return null;
    }

    private string? FindMissing() =>
        !Has("timestamp") ? "No column is the timestamp: name one 'timestamp', or map it."
        : !Has("userId") && !Has("anonymousId") ? "No column is the userId or the anonymousId: name one so, or map it."
        : null;

    private bool Has(string path) => _cells.Exists(cell => cell.Path.Length == 1 && cell.Path[0] == path);

    /// <summary>The same field twice, or a field that is a value here and an object there. Neighbours, because they are sorted.</summary>
    private string? FindClash()
    {
        for (var i = 1; i < _cells.Count; i++)
        {
            var (one, other) = (_cells[i - 1].Path, _cells[i].Path);
            if (other.AsSpan().StartsWith(one))
            {
                return $"Two columns are '{string.Join('.', other)}', or one is a part of the other.";
            }
        }

        return null;
    }

    private sealed record Cell(string[] Path, int Column, string? Constant, ColumnType Type)
    {
        /// <summary>Fields of the event before the objects, and what lies below an object together.</summary>
        public string SortKey { get; } = string.Join('\0', Path);
    }
}
