namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>The smallest amount; nothing of none.</summary>
internal sealed class MinAggregate(FeatureWindow window) : PaneAggregate<MinCell>(window)
{
    public override bool NeedsAmount => true;

    protected override Scalar Finish(MinCell total) => Scalar.Of(Millionths.ToNumber(total.Min));
}

/// <summary>The smallest, in millionths.</summary>
internal readonly record struct MinCell(long Min) : ICell<MinCell>
{
    public static int MaxBytes => 10;

    public static MinCell Of(in Observation observation) => new(observation.Millionths);

    public static MinCell Read(ref ByteReader reader) => new(reader.ReadSigned());

    public static MinCell Combine(MinCell a, MinCell b) => new(Math.Min(a.Min, b.Min));

    public void Write(ref ByteWriter writer) => writer.WriteSigned(Min);
}
