using System.Buffers;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// Cuts a stream of any length into its records: lines, or CSV rows, whose quoted fields may hold line breaks. Holds one record
/// at a time. A record that is too long is passed over without being kept; a quote that is never closed costs its own line and not
/// the rest of the file.
/// </summary>
internal sealed class RecordCutter : IDisposable
{
    /// <summary>Bytes of a record that is too long which are kept as a sample.</summary>
    public const int SampleBytes = 1024;

    /// <summary>A line that goes on beyond this is no line: the body is something else, or a trap.</summary>
    private const long EndlessBytes = 64L << 20;

    private static readonly SearchValues<byte> QuoteOrEnd = SearchValues.Create("\"\n"u8);
    private readonly Stream _body;
    private readonly bool _isQuoted;
    private readonly int _maxBytes;
    private byte[] _buffer;
    private int _start;
    private int _scanned;
    private int _end;
    private bool _isEnded;
    private bool _isInQuotes;
    private int _quoteEnd = -1;
    private int _breaks;
    private long _skipped;
    private int _sampleLength;
    private int _recordStart;

    /// <param name="body">Decoded.</param>
    /// <param name="isQuoted">Whether quotes hide line breaks (CSV).</param>
    /// <param name="maxBytes">Bytes of a record.</param>
    public RecordCutter(Stream body, bool isQuoted, int maxBytes)
    {
        _body = body;
        _isQuoted = isQuoted;
        _maxBytes = maxBytes;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(64 * 1024, 2 * maxBytes));
    }

    /// <summary>The record without its line end, valid until the next call; of one that is too long a sample.</summary>
    public ReadOnlyMemory<byte> Record { get; private set; }

    /// <summary>Line that the record begins in, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Line that the record ends in.</summary>
    public long EndLine => NextLine - 1;

    /// <summary>Line that the next record begins in; set it when the body is the rest of a longer one.</summary>
    public long NextLine { get; set; } = 1;

    public bool IsTooLong { get; private set; }

    /// <summary>Whether a quote of the record is never closed; the record ends with its line then.</summary>
    public bool IsUnclosed { get; private set; }

    /// <summary>Bytes read, decoded.</summary>
    public long Bytes { get; private set; }

    /// <summary>Goes to the next record. False at the end.</summary>
    /// <exception cref="InvalidDataException">A line has no end.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        while (!TryCut())
        {
            if (_isEnded)
            {
                return TakeLast();
            }

            await FillAsync(cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// The record of several lines cannot be read: its first quote was probably never meant to open. It becomes its first line
    /// alone, and the next call goes on behind that.
    /// </summary>
    public void KeepFirstLine()
    {
        var lineEnd = Record.Span.IndexOf((byte)'\n');
        if (lineEnd < 0)
        {
            return;
        }

        Record = Record[..lineEnd];
        IsUnclosed = true;
        NextLine = Line + 1;
        _start = _scanned = _recordStart + lineEnd + 1;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var kept = _end - _start;
        _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        _scanned -= _start;
        _quoteEnd -= _start;
        (_start, _end) = (0, kept);
        var read = await _body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        if (Bytes < 3 && Bytes + read >= 3 && _start == 0 && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _start = _scanned = 3;
        }

        Bytes += read;
        _isEnded = read == 0;
    }

    /// <summary>The next record that is whole in the buffer. False when more must be read.</summary>
    private bool TryCut()
    {
        if (_skipped > 0)
        {
            return TrySkip();
        }

        while (NextMark() is var mark and >= 0)
        {
            _scanned = mark + 1;
            if (_buffer[mark] == '"')
            {
                Quote(mark);
            }
            else if (_isInQuotes)
            {
                _breaks++;
            }
            else
            {
                Take(mark, isTooLong: mark - _start > _maxBytes);
                return true;
            }
        }

        _scanned = _end;
        return _end - _start > _maxBytes && TakeTooLong();
    }

    private int NextMark()
    {
        var rest = _buffer.AsSpan(_scanned, _end - _scanned);
        var at = _isQuoted ? rest.IndexOfAny(QuoteOrEnd) : rest.IndexOf((byte)'\n');
        return at < 0 ? -1 : _scanned + at;
    }

    /// <summary>A quote opens a field only at its start; elsewhere it is a mere sign, as in <c>5" screen</c>.</summary>
    private void Quote(int at)
    {
        if (_isInQuotes)
        {
            _isInQuotes = false;
            _quoteEnd = at;
            return;
        }

        var before = at == _start ? (byte)',' : _buffer[at - 1];
        _isInQuotes = before is (byte)',' or (byte)';' or (byte)'\t' or (byte)'|' || _quoteEnd == at - 1;
    }

    /// <summary>A record beyond its bound: its first line alone if a quote may be the reason, else all of it up to its end, unseen.</summary>
    private bool TakeTooLong()
    {
        if (_breaks > 0)
        {
            TakeUnclosed();
            return true;
        }

        _sampleLength = Math.Min(SampleBytes, _end - _start);
        _buffer.AsSpan(_start, _sampleLength).CopyTo(_buffer);
        _skipped = _end - _start;
        _start = _scanned = _end;
        return TrySkip();
    }

    private bool TrySkip()
    {
        // The sample stands at the front of the buffer; what is read behind it is only searched for the line's end.
        var end = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
        if (end < 0)
        {
            _skipped += _end - _scanned;
            if (_skipped > EndlessBytes)
            {
                throw new InvalidDataException($"Line {NextLine} has no end within {EndlessBytes >> 20} MiB.");
            }

            _start = 0;
            _scanned = _end = _sampleLength;
            return false;
        }

        _scanned += end + 1;
        TakeSample();
        return true;
    }

    private void TakeSample()
    {
        Emit(_buffer.AsMemory(0, _sampleLength), isTooLong: true, isUnclosed: false);
        _skipped = 0;
        _start = _scanned;
    }

    private void TakeUnclosed()
    {
        var end = _start + _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        _breaks = 0;
        _scanned = end + 1;
        Emit(Trim(_start, end), isTooLong: false, isUnclosed: true);
        _start = _scanned;
    }

    private void Take(int end, bool isTooLong)
    {
        _recordStart = _start;
        var record = isTooLong ? _buffer.AsMemory(_start, SampleBytes) : Trim(_start, end);
        Emit(record, isTooLong, isUnclosed: false);
        _start = _scanned;
    }

    private bool TakeLast()
    {
        if (_skipped > 0)
        {
            TakeSample();
            return true;
        }

        if (_start == _end)
        {
            return false;
        }

        if (_isInQuotes && _breaks > 0)
        {
            TakeUnclosed();
            return true;
        }

        _scanned = _end;
        _recordStart = _start;
        Emit(Trim(_start, _end), isTooLong: false, _isInQuotes);
        _start = _end;
        return true;
    }

    private ReadOnlyMemory<byte> Trim(int start, int end) =>
        _buffer.AsMemory(start, (end > start && _buffer[end - 1] == '\r' ? end - 1 : end) - start);

    private void Emit(ReadOnlyMemory<byte> record, bool isTooLong, bool isUnclosed)
    {
        Record = record;
        IsTooLong = isTooLong;
        IsUnclosed = isUnclosed;
        Line = NextLine;
        NextLine += 1 + _breaks;
        _breaks = 0;
        _isInQuotes = false;
        _quoteEnd = -1;
    }
}
