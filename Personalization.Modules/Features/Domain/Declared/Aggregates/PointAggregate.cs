namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// Values with the event that each is of, newest first by an order that arrival cannot change: (time, place in the log, line). Each point is the
/// distance in time to the one before (its time, in a window of sessions), its place, its line, its session, and its value.
/// </summary>
internal abstract class PointAggregate(FeatureWindow window, int maxPoints) : Aggregate(window)
{
    /// <summary>Time, place, line, session, length of the value: as varints.</summary>
    private const int HeaderBytes = 6 + 10 + 3 + 10 + 2;

    public override bool NeedsValue => true;

    public override int MaxBytes => maxPoints * (HeaderBytes + EncodedValue.MaxBytes);

    public override int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        var writer = new PointWriter(into, Window.Kind == WindowKind.Session);
        var left = Open(a);
        var right = Open(b);
        var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
        var newest = Math.Max(left.PaneIn(Window), right.PaneIn(Window));
        for (var place = 0; hasLeft || hasRight; place++)
        {
            // Equal: only one of them stays, the earlier.
            var order = !hasRight ? 1 : !hasLeft ? -1 : Compare(in left, in right);
            var takesLeft = order > 0 || (order == 0 && left.IsBefore(in right));
            ref var taken = ref takesLeft ? ref left : ref right;
            if (place == maxPoints || !Window.Keeps(taken.PaneIn(Window), newest, place: 0))
            {
                break;
            }

            writer.Write(in taken);
            hasLeft = order >= 0 ? left.MoveNext() : hasLeft;
            hasRight = order <= 0 ? right.MoveNext() : hasRight;
        }

        return writer.Length;
    }

    /// <summary>Above 0 when the left point stands before the right one; 0 when they cannot both stay.</summary>
    protected abstract int Compare(ref readonly PointReader left, ref readonly PointReader right);

    protected PointReader Open(ReadOnlySpan<byte> state) => new(state, Window.Kind == WindowKind.Session);

    protected override int Begin(in Observation observation, Span<byte> into)
    {
        if (observation.Value.IsEmpty || Window.PaneOf(observation.TimeMs, observation.Session) < 0)
        {
            return 0;
        }

        var writer = new PointWriter(into, Window.Kind == WindowKind.Session);
        writer.Write(EventTime.ToOffset(observation.TimeMs), observation.Offset, observation.Line, observation.Session, observation.Value);
        return writer.Length;
    }
}

/// <summary>Reads points, newest first.</summary>
internal ref struct PointReader(ReadOnlySpan<byte> state, bool hasSession)
{
    private ByteReader _reader = new(state);

    /// <summary>As in <see cref="EventTime"/>; -1 before the first.</summary>
    public long TimeOffset { get; private set; } = -1;

    public long Offset { get; private set; }

    public int Line { get; private set; }

    public long Session { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        if (_reader.IsAtEnd)
        {
            return false;
        }

        var number = (long)_reader.Read();
        TimeOffset = TimeOffset < 0 || hasSession ? number : TimeOffset - number;
        Offset = (long)_reader.Read();
        Line = (int)_reader.Read();
        Session = hasSession ? (long)_reader.Read() : 0;
        Value = _reader.Take((int)_reader.Read());
        return true;
    }

    public readonly long PaneIn(FeatureWindow window) => TimeOffset < 0 ? -1 : window.PaneOf(EventTime.FromOffset(TimeOffset), Session);

    public readonly bool IsBefore(ref readonly PointReader other) => OrderTo(in other) < 0;

    /// <summary>By (time, place in the log, line): no two are equal.</summary>
    public readonly int OrderTo(ref readonly PointReader other) =>
        (TimeOffset, Offset, Line).CompareTo((other.TimeOffset, other.Offset, other.Line));
}

/// <summary>Writes points, newest first.</summary>
internal ref struct PointWriter(Span<byte> room, bool hasSession)
{
    private ByteWriter _writer = new(room);
    private long _before = -1;

    public readonly int Length => _writer.Length;

    public void Write(scoped ref readonly PointReader point) => Write(point.TimeOffset, point.Offset, point.Line, point.Session, point.Value);

    public void Write(long timeOffset, long offset, int line, long session, scoped ReadOnlySpan<byte> value)
    {
        _writer.Write((ulong)(_before < 0 || hasSession ? timeOffset : _before - timeOffset));
        _writer.Write((ulong)offset);
        _writer.Write((ulong)line);
        if (hasSession)
        {
            _writer.Write((ulong)session);
        }

        _writer.Write((ulong)value.Length);
        _writer.Write(value);
        _before = timeOffset;
    }
}
