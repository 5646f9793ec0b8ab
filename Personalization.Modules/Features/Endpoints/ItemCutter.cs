using System.Buffers;

namespace Personalization.Features.Endpoints;

/// <summary>What <see cref="ItemCutter.NextAsync"/> found.</summary>
internal enum Cut
{
    /// <summary><see cref="ItemCutter.Item"/> is the next item.</summary>
    Item,

    /// <summary>The next item is larger than an item may be and was skipped.</summary>
    ItemTooLarge,

    /// <summary>The body ended as it should.</summary>
    End,

    /// <summary>The body is larger than allowed.</summary>
    TooLarge,

    /// <summary>The body is no array, ends in the middle of one, or goes on behind it.</summary>
    Malformed,
}

/// <summary>
/// Cuts an upload of any length into its items: elements of one JSON array, or lines. Holds one item at a time. It only looks
/// for where items end, by brackets and quotes, so that a wrong item does not spoil those behind it.
/// </summary>
/// <param name="body">Decoded.</param>
/// <param name="isLines">Whether each line is an item (NDJSON).</param>
/// <param name="maxBytes">Bytes allowed, decoded.</param>
internal sealed class ItemCutter(Stream body, bool isLines, long maxBytes) : IDisposable
{
    public const int MaxItemBytes = 64 * 1024;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * MaxItemBytes);
    private int _start;
    private int _scanned;
    private int _end;
    private long _total;
    private bool _isEnded;
    private bool _isSkipping;
    private Phase _phase;
    private int _depth;
    private bool _isInText;
    private bool _isEscaped;

    /// <summary>The item's bytes, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Item { get; private set; }

    /// <summary>The item's place, from 0: in the array, or its line, empty ones counted.</summary>
    public int Index { get; private set; } = -1;

    public async ValueTask<Cut> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Scan() is { } found)
            {
                return found;
            }

            if (_isEnded)
            {
                return AtEnd();
            }

            if (!await FillAsync(cancellationToken))
            {
                return Cut.TooLarge;
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_isSkipping || _scanned - _start > MaxItemBytes)
        {
            // Too long to be kept: only its end is still of interest.
            _isSkipping = true;
            _start = _scanned;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _scanned, _end) = (0, _scanned - _start, _end - _start);
        var read = await body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        SkipByteOrderMark(read);
        _end += read;
        _total += read;
        _isEnded = read == 0;
        return _total <= maxBytes;
    }

    private void SkipByteOrderMark(int read)
    {
        if (_total == 0 && read >= 3 && _buffer is [0xEF, 0xBB, 0xBF, ..])
        {
            _start = _scanned = 3;
        }
    }

    /// <summary>The next item that is whole in the buffer; null when more must be read. All of the buffer has been scanned then.</summary>
    private Cut? Scan() => isLines ? ScanLines() : ScanArray();

    private Cut? ScanLines()
    {
        while (_buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n') is var length and >= 0)
        {
            _scanned += length;
            if (TakeItem(mayBeEmpty: true) is { } item)
            {
                return item;
            }
        }

        _scanned = _end;
        return null;
    }

    private Cut? ScanArray()
    {
        while (_scanned < _end)
        {
            var next = _buffer[_scanned];
            if (_phase == Phase.Inside)
            {
                if (!EndsItem(next))
                {
                    _scanned++;
                    continue;
                }

                _phase = next == ']' ? Phase.Behind : Phase.Inside;
                if (TakeItem(mayBeEmpty: next == ']') is { } item)
                {
                    return item;
                }
            }
            else if (IsSpace(next))
            {
                _scanned++;
            }
            else if (next == '[' && _phase == Phase.Before)
            {
                _phase = Phase.Inside;
                _start = ++_scanned;
            }
            else
            {
                return Cut.Malformed;
            }
        }

        return null;
    }

    /// <summary>Follows texts and brackets. True at the comma or bracket behind an item.</summary>
    private bool EndsItem(byte next)
    {
        if (_isInText)
        {
            _isInText = _isEscaped || next != '"';
            _isEscaped = !_isEscaped && next == '\\';
            return false;
        }

        switch (next)
        {
            case (byte)'"':
                _isInText = true;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)']' when _depth == 0:
            case (byte)',' when _depth == 0:
                return true;
            case (byte)'}' or (byte)']':
                _depth = Math.Max(0, _depth - 1);
                return false;
            default:
                return false;
        }
    }

    /// <summary>What lies before the separator at the scanner, and passes it. Null when nothing lies there and nothing needs to.</summary>
    private Cut? TakeItem(bool mayBeEmpty)
    {
        Item = Trim(_buffer.AsMemory(_start, _scanned - _start));
        var isTooLarge = _isSkipping || Item.Length > MaxItemBytes;
        var isNothing = Item.IsEmpty && mayBeEmpty && !isTooLarge;
        _isSkipping = false;
        _start = ++_scanned;
        Index += isNothing && !isLines ? 0 : 1;
        return isNothing ? null : isTooLarge ? Cut.ItemTooLarge : Cut.Item;
    }

    private Cut AtEnd()
    {
        if (!isLines)
        {
            return _phase == Phase.Behind ? Cut.End : Cut.Malformed;
        }

        var last = _start < _end || _isSkipping ? TakeItem(mayBeEmpty: true) : null;
        _start = _scanned = _end;
        return last ?? Cut.End;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> item)
    {
        var span = item.Span;
        var first = 0;
        var end = span.Length;
        while (first < end && IsSpace(span[first]))
        {
            first++;
        }

        while (end > first && IsSpace(span[end - 1]))
        {
            end--;
        }

        return item[first..end];
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>Where the scanner is, of an array.</summary>
    private enum Phase
    {
        Before,
        Inside,
        Behind,
    }
}
