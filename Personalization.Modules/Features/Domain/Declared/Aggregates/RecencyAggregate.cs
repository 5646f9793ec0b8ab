namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// Whole grains since the last event, told in seconds; nothing when there is none in the window. It grows once a grain, counted from the event.
/// </summary>
internal sealed class RecencyAggregate(FeatureWindow window) : PaneAggregate<LatestCell>(window, maxPanes: 1)
{
    private const double MsPerSecond = 1_000;

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        valueBytes = 0;
        nextChangeMs = long.MaxValue;
        var panes = new PaneReader<LatestCell>(state);
        if (!panes.MoveNext() || !Window.Counts(panes.Pane, in at))
        {
            return default;
        }

        var last = EventTime.FromOffset(panes.Cell.TimeOffset);
        var grains = Math.Max(0, at.NowMs - last) / Window.GrainMs;
        nextChangeMs = Math.Min(last + ((grains + 1) * Window.GrainMs), Window.LeavesAtMs(panes.Pane, in at));
        return Scalar.Of(grains * Window.GrainMs / MsPerSecond);
    }

    protected override Scalar Finish(LatestCell total) => default;
}

/// <summary>The latest time (<see cref="EventTime"/>).</summary>
internal readonly record struct LatestCell(long TimeOffset) : ICell<LatestCell>
{
    public static int MaxBytes => 6;

    public static LatestCell Of(in Observation observation) => new(EventTime.ToOffset(observation.TimeMs));

    public static LatestCell Read(ref ByteReader reader) => new((long)reader.Read());

    public static LatestCell Combine(LatestCell a, LatestCell b) => new(Math.Max(a.TimeOffset, b.TimeOffset));

    public void Write(ref ByteWriter writer) => writer.Write((ulong)TimeOffset);
}
