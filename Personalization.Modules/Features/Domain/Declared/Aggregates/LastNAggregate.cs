namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// The last <paramref name="n"/> values, newest first, repeated ones included; its value is the newest. Of a session: those of the last
/// <paramref name="n"/> that are of it.
/// </summary>
internal class LastNAggregate(FeatureWindow window, int n) : PointAggregate(window, n)
{
    public const int MaxN = 64;

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
                break;
            }
        }

        return default;
    }

    public override void List(ReadOnlySpan<byte> state, in ReadTime at, List<ListedValue> into)
    {
        var points = Open(state);
        while (points.MoveNext())
        {
            if (Window.Counts(points.PaneIn(Window), in at))
            {
                into.Add(new ListedValue(points.Value.ToArray(), null, EventTime.FromOffset(points.TimeOffset)));
            }
        }
    }

    /// <summary>Two histories share no event, so both stay.</summary>
    protected override int Compare(ref readonly PointReader left, ref readonly PointReader right) => left.OrderTo(in right);
}
