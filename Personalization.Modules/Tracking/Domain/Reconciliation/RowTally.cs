using System.Text;
using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>What the log has of one row. One thread.</summary>
internal sealed class RowTally(ReportRow row)
{
    public const int MaxListed = 100;
    private readonly (byte[] Name, string Text)[] _names = [.. row.Sums.Keys.Select(name => (Encoding.UTF8.GetBytes(name), name))];
    private readonly decimal[] _sums = new decimal[row.Sums.Count];
    private readonly long[] _unreadable = new long[row.Sums.Count];

    public ReportRow Row => row;

    public long Count { get; private set; }

    public long Duplicates { get; set; }

    public long MovedIn { get; set; }

    public long MovedOut { get; set; }

    public long NearBoundary { get; set; }

    public long JustOutside { get; set; }

    public int ExtraTotal { get; private set; }

    public List<ExtraEvent> Extra { get; } = [];

    /// <summary>Counts an event, and adds up what the row has sums of.</summary>
    public void Add(TrackedEvent found)
    {
        Count++;
        if (_names.Length > 0 && !found.Payload.IsEmpty)
        {
            Sum(found.Text(found.Payload));
        }
    }

    public void AddExtra(TrackedEvent found)
    {
        ExtraTotal++;
        if (Extra.Count < MaxListed)
        {
            Extra.Add(new ExtraEvent(found.MessageId.IsEmpty ? null : Encoding.UTF8.GetString(found.Text(found.MessageId)), found.Offset));
        }
    }

    public IReadOnlyDictionary<string, SumResult> Sums() =>
        _names.Select((name, at) => (name.Text, Result: new SumResult(row.Sums[name.Text], _sums[at], _sums[at] - row.Sums[name.Text], _unreadable[at])))
            .ToDictionary(sum => sum.Text, sum => sum.Result, StringComparer.Ordinal);

    private void Sum(ReadOnlySpan<byte> payload)
    {
        var json = new Utf8JsonReader(payload);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var at = 0;
            while (at < _names.Length && !json.IsText(_names[at].Name))
            {
                at++;
            }

            json.Read();
            if (at < _names.Length && json.TokenType != JsonTokenType.Null)
            {
                Add(ref json, at);
            }

            json.Skip();
        }
    }

    /// <summary>As decimals, so that a thousand prices add up to the cent. Beyond a quintillion it is no amount, and would overflow.</summary>
    private void Add(ref Utf8JsonReader json, int at)
    {
        const decimal limit = 1_000_000_000_000_000m;
        if (json.TokenType is JsonTokenType.Number or JsonTokenType.String && !json.ValueIsEscaped &&
            decimal.TryParse(json.ValueSpan, System.Globalization.NumberStyles.Float, null, out var value) && Math.Abs(value) <= limit)
        {
            _sums[at] += value;
        }
        else
        {
            _unreadable[at]++;
        }
    }
}
