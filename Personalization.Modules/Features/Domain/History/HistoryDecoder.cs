using System.Buffers.Binary;

namespace Personalization.Features.Domain.History;

/// <summary>Reads what <see cref="HistoryEncoder"/> wrote.</summary>
internal ref struct HistoryDecoder
{
    /// <summary>In the place of a <see cref="ScalarKind"/>: a number without a fraction, which takes a byte or two rather than eight.</summary>
    public const uint WholeNumber = 7;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private HistoryDecoder(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Adds all events, in their order.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, ProfileFacts into) => new HistoryDecoder(bytes).ReadAll(into);

    /// <summary>Event time of the first event.</summary>
    public static long FirstTimeMs(ReadOnlySpan<byte> bytes)
    {
        var decoder = new HistoryDecoder(bytes) { _at = 1 };
        return (long)decoder.Number();
    }

    private void ReadAll(ProfileFacts into)
    {
        long timeMs = 0;
        long offset = 0;
        long session = 0;
        var contextFirst = 0;
        var contextCount = 0;
        while (_at < _bytes.Length)
        {
            var parts = (RecordParts)_bytes[_at++];
            ref var fact = ref into.Add();
            timeMs += (long)Number();
            offset += Signed();
            fact.TimeMs = timeMs;
            fact.Offset = offset;
            fact.Event = (int)Number();
            fact.IsHistorical = (parts & RecordParts.Historical) != RecordParts.None;
            if ((parts & RecordParts.NoSession) == RecordParts.None)
            {
                session = (parts & RecordParts.SameSession) != RecordParts.None ? session : offset + 1 - Signed();
                fact.Session = session;
            }

            if ((parts & RecordParts.Revenue) != RecordParts.None)
            {
                fact.Revenue = Single();
            }

            ReadLines(parts, into);
            if ((parts & RecordParts.SameContext) == RecordParts.None)
            {
                contextFirst = fact.FirstProperty;
                contextCount = ReadProperties(into);
            }
            else if ((parts & RecordParts.OwnProperties) == RecordParts.None)
            {
                into.ShareProperties(contextFirst, contextCount);
            }
            else
            {
                into.CopyProperties(contextFirst, contextCount);
            }

            if ((parts & RecordParts.OwnProperties) != RecordParts.None)
            {
                ReadProperties(into);
            }
        }
    }

    private void ReadLines(RecordParts parts, ProfileFacts into)
    {
        var count = (parts & RecordParts.OneLine) != RecordParts.None ? 1 : (parts & RecordParts.SeveralLines) != RecordParts.None ? _bytes[_at++] : 0;
        for (; count > 0; count--)
        {
            ref var line = ref into.AddLine();
            var has = (LineParts)_bytes[_at++];
            line.Item = (has & LineParts.Item) != LineParts.None ? (int)Number() : -1;
            line.CategoryTerm = (has & LineParts.Category) != LineParts.None ? (int)Number() : -1;
            line.BrandTerm = (has & LineParts.Brand) != LineParts.None ? (int)Number() : -1;
            line.Price = (has & LineParts.Price) != LineParts.None ? Single() : float.NaN;
            line.Quantity = (has & LineParts.Quantity) != LineParts.None ? Single() : 1;
        }
    }

    private int ReadProperties(ProfileFacts into)
    {
        int count = _bytes[_at++];
        if (into.LeavesOutProperties)
        {
            SkipProperties(count);
            return 0;
        }

        for (var i = 0; i < count; i++)
        {
            var head = (uint)Number();
            var key = (int)(head >> 3);
            switch (head & 7)
            {
                case WholeNumber:
                    into.AddProperty(key, Scalar.Of((double)Signed()));
                    break;
                case (uint)ScalarKind.Number:
                    into.AddProperty(key, Scalar.Of(BinaryPrimitives.ReadDoubleLittleEndian(_bytes[_at..])));
                    _at += sizeof(double);
                    break;
                case (uint)ScalarKind.Text:
                    int length = _bytes[_at++];
                    into.AddProperty(key, _bytes.Slice(_at, length));
                    _at += length;
                    break;
                default:
                    into.AddProperty(key, Scalar.Of((head & 7) == (uint)ScalarKind.True));
                    break;
            }
        }

        return count;
    }

    private void SkipProperties(int count)
    {
        for (; count > 0; count--)
        {
            switch (Number() & 7)
            {
                case WholeNumber:
                    Number();
                    break;
                case (uint)ScalarKind.Number:
                    _at += sizeof(double);
                    break;
                case (uint)ScalarKind.Text:
                    _at += 1 + _bytes[_at];
                    break;
            }
        }
    }

    private float Single()
    {
        var value = BinaryPrimitives.ReadSingleLittleEndian(_bytes[_at..]);
        _at += sizeof(float);
        return value;
    }

    private long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Number()
    {
        var next = _bytes[_at++];
        if (next < 128)
        {
            return next;
        }

        ulong value = next & 127u;
        for (var shift = 7; ; shift += 7)
        {
            next = _bytes[_at++];
            value |= (ulong)(next & 127u) << shift;
            if (next < 128)
            {
                return value;
            }
        }
    }
}
