namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>Events in the window; 0 of none.</summary>
internal sealed class CountAggregate(FeatureWindow window) : PaneAggregate<CountCell>(window)
{
    protected override Scalar Nothing => Scalar.Of(0);

    protected override Scalar Finish(CountCell total) => Scalar.Of(total.Count);
}

/// <summary>Events for each <paramref name="perMs"/> of the window; 0 of none.</summary>
internal sealed class RateAggregate(FeatureWindow window, long perMs) : PaneAggregate<CountCell>(window)
{
    protected override Scalar Nothing => Scalar.Of(0);

    protected override Scalar Finish(CountCell total) => Scalar.Of((double)total.Count * perMs / Window.LengthMs);
}

/// <summary>How many.</summary>
internal readonly record struct CountCell(long Count) : ICell<CountCell>
{
    public static int MaxBytes => 10;

    public static CountCell Of(in Observation observation) => new(1);

    public static CountCell Read(ref ByteReader reader) => new((long)reader.Read());

    public static CountCell Combine(CountCell a, CountCell b) => new(a.Count + b.Count);

    public void Write(ref ByteWriter writer) => writer.Write((ulong)Count);
}
