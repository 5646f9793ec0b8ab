namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>What a pane holds. Combining is associative and commutative to the bit: whole numbers only.</summary>
internal interface ICell<TSelf>
    where TSelf : struct, ICell<TSelf>
{
    static abstract int MaxBytes { get; }

    static abstract TSelf Of(in Observation observation);

    static abstract TSelf Read(ref ByteReader reader);

    static abstract TSelf Combine(TSelf a, TSelf b);

    void Write(ref ByteWriter writer);
}

/// <summary>
/// A cell for each pane of the window that has events. A state is the panes from the newest on, each as the distance to the one before and
/// its cell: dropping what has left the window is cutting the end off.
/// </summary>
internal abstract class PaneAggregate<TCell>(FeatureWindow window, int? maxPanes = null) : Aggregate(window)
    where TCell : struct, ICell<TCell>
{
    private const int NewestBytes = 10;
    private const int DistanceBytes = 5;

    private readonly int _maxPanes = maxPanes ?? window.MaxPanes;

    public override int MaxBytes => NewestBytes + (_maxPanes * (DistanceBytes + TCell.MaxBytes));

    public override int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        var writer = new ByteWriter(into);
        var left = new PaneReader<TCell>(a);
        var right = new PaneReader<TCell>(b);
        var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
        var newest = Math.Max(left.Pane, right.Pane);
        var before = newest;
        for (var place = 0; hasLeft || hasRight; place++)
        {
            var takesLeft = hasLeft && (!hasRight || left.Pane >= right.Pane);
            var takesRight = hasRight && (!hasLeft || right.Pane >= left.Pane);
            var pane = takesLeft ? left.Pane : right.Pane;
            if (place == _maxPanes || !Window.Keeps(pane, newest, place))
            {
                break;
            }

            writer.Write((ulong)(place == 0 ? pane : before - pane));
            (takesLeft && takesRight ? TCell.Combine(left.Cell, right.Cell) : takesLeft ? left.Cell : right.Cell).Write(ref writer);
            before = pane;
            hasLeft = takesLeft ? left.MoveNext() : hasLeft;
            hasRight = takesRight ? right.MoveNext() : hasRight;
        }

        return writer.Length;
    }

    public override int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into)
    {
        var pane = PaneOf(in observation);
        var reader = new ByteReader(state);
        if (state.IsEmpty || pane < 0 || (long)reader.Read() != pane)
        {
            return base.Add(state, in observation, into);
        }

        // The usual case: the newest pane again. Only its cell is touched.
        var cell = TCell.Combine(TCell.Read(ref reader), TCell.Of(in observation));
        var writer = new ByteWriter(into);
        writer.Write((ulong)pane);
        cell.Write(ref writer);
        writer.Write(reader.Rest);
        return writer.Length;
    }

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        valueBytes = 0;
        nextChangeMs = long.MaxValue;
        var panes = new PaneReader<TCell>(state);
        TCell? total = null;
        while (panes.MoveNext())
        {
            if (Window.Counts(panes.Pane, in at))
            {
                total = total is { } before ? TCell.Combine(before, panes.Cell) : panes.Cell;
                nextChangeMs = Math.Min(nextChangeMs, Window.LeavesAtMs(panes.Pane, in at));
            }
        }

        return total is { } cell ? Finish(cell) : Nothing;
    }

    /// <summary>The value when there is no event.</summary>
    protected virtual Scalar Nothing => default;

    protected virtual long PaneOf(in Observation observation) => Window.PaneOf(observation.TimeMs, observation.Session);

    protected abstract Scalar Finish(TCell total);

    protected override int Begin(in Observation observation, Span<byte> into)
    {
        var pane = PaneOf(in observation);
        if (pane < 0)
        {
            return 0;
        }

        var writer = new ByteWriter(into);
        writer.Write((ulong)pane);
        TCell.Of(in observation).Write(ref writer);
        return writer.Length;
    }
}

/// <summary>Reads panes, newest first.</summary>
internal ref struct PaneReader<TCell>(ReadOnlySpan<byte> state)
    where TCell : struct, ICell<TCell>
{
    private ByteReader _reader = new(state);

    /// <summary>-1 before the first and after the last.</summary>
    public long Pane { get; private set; } = -1;

    public TCell Cell { get; private set; }

    public bool MoveNext()
    {
        if (_reader.IsAtEnd)
        {
            return false;
        }

        var number = (long)_reader.Read();
        Pane = Pane < 0 ? number : Pane - number;
        Cell = TCell.Read(ref _reader);
        return true;
    }
}
