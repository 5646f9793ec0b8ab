namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>The first value: the first of each pane is kept, so that another one is known when the oldest leaves.</summary>
internal sealed class FirstAggregate(FeatureWindow window) : PointAggregate(window, window.MaxPanes)
{
    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        (valueBytes, nextChangeMs) = (0, long.MaxValue);
        var points = Open(state);
        while (points.MoveNext())
        {
            if (Window.Counts(points.PaneIn(Window), in at))
            {
                points.Value.CopyTo(value);
                valueBytes = points.Value.Length;
                nextChangeMs = Window.LeavesAtMs(points.PaneIn(Window), in at);
            }
        }

        return default;
    }

    /// <summary>By pane, which is by time too unless it is a session.</summary>
    protected override int Compare(ref readonly PointReader left, ref readonly PointReader right) =>
        left.PaneIn(Window).CompareTo(right.PaneIn(Window));
}
