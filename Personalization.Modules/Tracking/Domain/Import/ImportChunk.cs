using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// The lines of an import that are written at a time: events as the body of a batch, and apart from them what never became one. Kept
/// until they are on disk, because a batch that was refused for lack of room has to be filled anew.
/// </summary>
internal sealed class ImportChunk
{
    private const int MaxBytes = 512 * 1024;
    private readonly ByteBuffer _body = new();
    private readonly ByteBuffer _refusedLines = new();
    private readonly List<long> _lines = [];
    private readonly List<Refusal> _refusals = [];
    private readonly byte[] _messageIdPrefix;
    private readonly int _maxEvents;

    /// <param name="importId">Stands in the message ids of events that have none: the same line of the same import is the same event.</param>
    /// <param name="maxEvents">Events of a chunk.</param>
    public ImportChunk(string importId, int maxEvents)
    {
        _messageIdPrefix = Encoding.UTF8.GetBytes($",\"messageId\":\"import:{importId}:");
        _maxEvents = maxEvents;
    }

    public int EventCount => _lines.Count;

    /// <summary>Lines that are no events. Their texts are in the batch that is filled with them.</summary>
    public ReadOnlySpan<Refusal> Refusals => CollectionsMarshal.AsSpan(_refusals);

    public int RefusedCount => _refusals.Count;

    public int EventBytes => _body.Length;

    public int RefusedBytes => _refusedLines.Length;

    public bool IsFull => _lines.Count + _refusals.Count >= _maxEvents || _body.Length + _refusedLines.Length >= MaxBytes;

    /// <summary>Adds an event.</summary>
    /// <param name="line">Where it stands.</param>
    /// <param name="json">One JSON object.</param>
    /// <param name="hasMessageId">Whether it names its message itself.</param>
    public void Add(long line, ReadOnlySpan<byte> json, bool hasMessageId)
    {
        _body.Write(_lines.Count == 0 ? "{\"batch\":["u8 : ","u8);
        _lines.Add(line);
        if (hasMessageId)
        {
            _body.Write(json);
            return;
        }

        // At the end, because of a repeated key the last value counts: an empty one may stand before.
        var inside = json[..json.LastIndexOf((byte)'}')].TrimEnd(" \t\r\n"u8);
        _body.Write(inside);
        _body.Write(inside[^1] == '{' ? _messageIdPrefix.AsSpan(1) : _messageIdPrefix);
        Span<byte> number = stackalloc byte[20];
        line.TryFormat(number, out var length, provider: CultureInfo.InvariantCulture);
        _body.Write(number[..length]);
        _body.Write("\"}"u8);
    }

    /// <summary>Adds a line that is no event.</summary>
    public void Refuse(long line, RefusalReason reason, string detail, ReadOnlySpan<byte> raw)
    {
        var slice = new Utf8Slice(_refusedLines.Length, raw.Length);
        _refusedLines.Write(raw);
        _refusals.Add(new Refusal((int)Math.Min(line, int.MaxValue), EventField.Unknown, reason, slice)
        {
            Line = line,
            Fault = new EventFault(detail, ""),
        });
    }

    public void FillEvents(EventBatch batch)
    {
        batch.Write(_body.Written);
        batch.Write("]}"u8);
        batch.LineNumbers.AddRange(_lines);
    }

    public void FillRefused(EventBatch batch)
    {
        batch.Write(_refusedLines.Written);
        batch.Refusals.AddRange(_refusals);
    }

    public void Clear()
    {
        _body.Clear();
        _refusedLines.Clear();
        _lines.Clear();
        _refusals.Clear();
    }
}
