namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>The largest amount; nothing of none.</summary>
internal sealed class MaxAggregate(FeatureWindow window) : PaneAggregate<MaxCell>(window)
{
    public override bool NeedsAmount => true;

    protected override Scalar Finish(MaxCell total) => Scalar.Of(Millionths.ToNumber(total.Max));
}

/// <summary>The largest, in millionths.</summary>
internal readonly record struct MaxCell(long Max) : ICell<MaxCell>
{
    public static int MaxBytes => 10;

    public static MaxCell Of(in Observation observation) => new(observation.Millionths);

    public static MaxCell Read(ref ByteReader reader) => new(reader.ReadSigned());

    public static MaxCell Combine(MaxCell a, MaxCell b) => new(Math.Max(a.Max, b.Max));

    public void Write(ref ByteWriter writer) => writer.WriteSigned(Max);
}
