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
    /// <summary>What the message ids begin with that lines get from us.</summary>
    public const string MessageIdStart = "import:";

    private const int MaxBytes = 512 * 1024;
    private readonly ByteBuffer _body = new();
    private readonly ByteBuffer _refusedLines = new();
    private readonly List<long> _lines = [];
    private readonly List<Refusal> _refusals = [];
    private readonly byte[] _idPrefix;
    private readonly int _maxEvents;

    /// <param name="importId">Stands in the message ids of lines that have none: the same line of the same import is the same event.</param>
    /// <param name="maxEvents">Events of a chunk.</param>
    public ImportChunk(string importId, int maxEvents)
    {
        _idPrefix = Encoding.UTF8.GetBytes($"{MessageIdStart}{importId}:");
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
        _body.Write(inside[^1] == '{' ? "\"messageId\":\""u8 : ",\"messageId\":\""u8);
        WriteId(_body, line);
        _body.Write("\"}"u8);
    }

    /// <summary>Adds a line that is no event. It gets the message id that it would have got as one, so that mended it counts once.</summary>
    public void Refuse(long line, RefusalReason reason, string detail, ReadOnlySpan<byte> raw) =>
        Refuse(line, reason, detail, raw, isSample: false);

    /// <summary>Adds a line of which only the beginning is known.</summary>
    public void RefuseTooLong(long line, string detail, ReadOnlySpan<byte> sample) =>
        Refuse(line, RefusalReason.TooLarge, detail, sample, isSample: true);

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

    private void Refuse(long line, RefusalReason reason, string detail, ReadOnlySpan<byte> raw, bool isSample)
    {
        var slice = new Utf8Slice(_refusedLines.Length, raw.Length);
        _refusedLines.Write(raw);
        var idStart = _refusedLines.Length;
        WriteId(_refusedLines, line);
        _refusals.Add(new Refusal((int)Math.Min(line, int.MaxValue), EventField.Unknown, reason, slice)
        {
            Line = line,
            MessageId = new Utf8Slice(idStart, _refusedLines.Length - idStart),
            IsSample = isSample,
            Fault = new EventFault(detail, ""),
        });
    }

    private void WriteId(ByteBuffer target, long line)
    {
        target.Write(_idPrefix);
        Span<byte> number = stackalloc byte[20];
        line.TryFormat(number, out var length, provider: CultureInfo.InvariantCulture);
        target.Write(number[..length]);
    }
}
