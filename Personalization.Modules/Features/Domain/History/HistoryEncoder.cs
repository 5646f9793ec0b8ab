using System.Buffers.Binary;

namespace Personalization.Features.Domain.History;

/// <summary>What the first byte of an event says of the rest. Stored by number: numbers stay.</summary>
[Flags]
internal enum RecordParts : byte
{
    None = 0,
    Historical = 1,
    Revenue = 2,

    /// <summary>The session of the event before that has one; neither this nor the next: it follows.</summary>
    SameSession = 4,
    NoSession = 8,
    OneLine = 16,
    SeveralLines = 32,
    OwnProperties = 64,

    /// <summary>The context that was written last holds for this event too.</summary>
    SameContext = 128,
}

/// <summary>What the first byte of a line says of the rest.</summary>
[Flags]
internal enum LineParts : byte
{
    None = 0,
    Item = 1,
    Category = 2,
    Brand = 4,
    Price = 8,
    Quantity = 16,
}

/// <summary>
/// Writes events one behind the other: each by its difference from the one before, a context only when it changes. An event of one
/// product and no property takes some 20 bytes. The same events in the same order give the same bytes. Reused; one thread at a time.
/// </summary>
internal sealed class HistoryEncoder
{
    /// <summary>Lines that are kept of an event; further ones are left out.</summary>
    public const int MaxLines = 16;

    /// <summary>Properties that are kept of an event, those with the lowest numbers, and UTF-8 bytes of their texts together.</summary>
    public const int MaxProperties = 32;
    public const int MaxEventTextBytes = 512;

    /// <summary>One event with everything as long as it may be.</summary>
    public const int MaxRecordBytes = 64 + (MaxLines * 24) + (MaxProperties * 11) + MaxEventTextBytes;
    private const int KeptBytes = 256 * 1_024;

    private byte[] _buffer = new byte[4 * MaxRecordBytes];
    private int _length;
    private long _timeMs;
    private long _offset;
    private long _session;
    private int _contextStart;
    private int _contextLength;

    /// <summary>What was written since <see cref="Begin"/>, header excluded; after <see cref="Resume"/> it follows the context.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int ContextStart => _contextStart;

    public int ContextLength => _contextLength;

    public long LastSession => _session;

    /// <summary>From the first event of a profile.</summary>
    public void Begin()
    {
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[4 * MaxRecordBytes];
        }

        _length = _contextStart = _contextLength = 0;
        _timeMs = _offset = _session = 0;
    }

    /// <summary>Behind the last event of a profile. What is written begins with the context that holds there.</summary>
    public void Resume(ref readonly HistoryHeader header, ReadOnlySpan<byte> context)
    {
        Begin();
        context.CopyTo(_buffer);
        _length = _contextLength = context.Length;
        (_timeMs, _offset, _session) = (header.LastTimeMs, header.LastOffset, header.LastSession);
    }

    /// <param name="facts">Holds the event's lines and properties.</param>
    /// <param name="fact">Not before the event that was written last.</param>
    /// <param name="kept">Tells which properties are of the context.</param>
    public void Append(ProfileFacts facts, ref readonly Fact fact, KeptProperties kept)
    {
        if (_buffer.Length - _length < MaxRecordBytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + MaxRecordBytes));
        }

        var start = _length++;
        var parts = fact.IsHistorical ? RecordParts.Historical : RecordParts.None;
        PutNumber((ulong)(fact.TimeMs - _timeMs));
        PutSigned(fact.Offset - _offset);
        PutNumber((uint)fact.Event);
        parts |= PutSession(in fact);
        if (!float.IsNaN(fact.Revenue))
        {
            parts |= RecordParts.Revenue;
            Put(fact.Revenue);
        }

        parts |= PutLines(facts.LinesOf(in fact));
        parts |= PutContext(facts, in fact, kept);
        if (PutProperties(facts, in fact, kept, areShared: false, isAlways: false))
        {
            parts |= RecordParts.OwnProperties;
        }

        _buffer[start] = (byte)parts;
        (_timeMs, _offset) = (fact.TimeMs, fact.Offset);
    }

    private RecordParts PutSession(ref readonly Fact fact)
    {
        if (fact.Session == 0)
        {
            return RecordParts.NoSession;
        }

        if (fact.Session == _session)
        {
            return RecordParts.SameSession;
        }

        // A session is numbered by the place of the event that began it: mostly this one.
        PutSigned(fact.Offset + 1 - fact.Session);
        _session = fact.Session;
        return RecordParts.None;
    }

    private RecordParts PutLines(ReadOnlySpan<FactLine> lines)
    {
        lines = lines[..Math.Min(lines.Length, MaxLines)];
        if (lines.Length > 1)
        {
            _buffer[_length++] = (byte)lines.Length;
        }

        foreach (ref readonly var line in lines)
        {
            PutLine(in line);
        }

        return lines.Length switch { 0 => RecordParts.None, 1 => RecordParts.OneLine, _ => RecordParts.SeveralLines };
    }

    private void PutLine(ref readonly FactLine line)
    {
        var start = _length++;
        var parts = LineParts.None;
        parts |= PutIndex(line.Item, LineParts.Item);
        parts |= PutIndex(line.CategoryTerm, LineParts.Category);
        parts |= PutIndex(line.BrandTerm, LineParts.Brand);
        if (!float.IsNaN(line.Price))
        {
            parts |= LineParts.Price;
            Put(line.Price);
        }

        if (line.Quantity != 1)
        {
            parts |= LineParts.Quantity;
            Put(line.Quantity);
        }

        _buffer[start] = (byte)parts;
    }

    private LineParts PutIndex(int number, LineParts part)
    {
        if (number < 0)
        {
            return LineParts.None;
        }

        PutNumber((uint)number);
        return part;
    }

    private RecordParts PutContext(ProfileFacts facts, ref readonly Fact fact, KeptProperties kept)
    {
        var start = _length;
        PutProperties(facts, in fact, kept, areShared: true, isAlways: true);
        var context = _buffer.AsSpan(start, _length - start);
        if (context.SequenceEqual(_buffer.AsSpan(_contextStart, _contextLength)))
        {
            _length = start;
            return RecordParts.SameContext;
        }

        (_contextStart, _contextLength) = (start, context.Length);
        return RecordParts.None;
    }

    /// <summary>How many, and each. False when there are none.</summary>
    private bool PutProperties(ProfileFacts facts, ref readonly Fact fact, KeptProperties kept, bool areShared, bool isAlways)
    {
        var start = _length++;
        byte count = 0;
        foreach (ref readonly var property in facts.PropertiesOf(in fact))
        {
            if (kept.IsShared(property.Key) == areShared)
            {
                PutProperty(in property, facts.Text);
                count++;
            }
        }

        _buffer[start] = count;
        _length = count == 0 && !isAlways ? start : _length;
        return count > 0;
    }

    private void PutProperty(ref readonly FactProperty property, ReadOnlySpan<byte> texts)
    {
        var value = property.Value;
        var isWhole = value.Kind == ScalarKind.Number && Math.Abs(value.AsNumber) < (1L << 40) && value.AsNumber == (long)value.AsNumber;
        PutNumber(((uint)property.Key << 3) | (isWhole ? HistoryDecoder.WholeNumber : (uint)value.Kind));
        if (isWhole)
        {
            PutSigned((long)value.AsNumber);
        }
        else if (value.Kind == ScalarKind.Number)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_length), value.AsNumber);
            _length += sizeof(double);
        }
        else if (value.Kind == ScalarKind.Text)
        {
            var text = value.TextIn(texts);
            _buffer[_length++] = (byte)text.Length;
            text.CopyTo(_buffer.AsSpan(_length));
            _length += text.Length;
        }
    }

    private void Put(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(float);
    }

    private void PutSigned(long value) => PutNumber((ulong)((value << 1) ^ (value >> 63)));

    private void PutNumber(ulong value)
    {
        for (; value > 127; value >>= 7)
        {
            _buffer[_length++] = (byte)(value | 128);
        }

        _buffer[_length++] = (byte)value;
    }
}
