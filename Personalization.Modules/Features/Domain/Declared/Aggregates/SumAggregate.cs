namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>Sum of the amounts, exact in millionths; 0 of none.</summary>
internal sealed class SumAggregate(FeatureWindow window) : PaneAggregate<SumCell>(window)
{
    public override bool NeedsAmount => true;

    protected override Scalar Nothing => Scalar.Of(0);

    protected override Scalar Finish(SumCell total) => Scalar.Of(Millionths.ToNumber(total.Sum));
}

/// <summary>A sum in millionths.</summary>
internal readonly record struct SumCell(Int128 Sum) : ICell<SumCell>
{
    public static int MaxBytes => 19;

    public static SumCell Of(in Observation observation) => new(observation.Millionths);

    public static SumCell Read(ref ByteReader reader) => new(reader.ReadSigned128());

    public static SumCell Combine(SumCell a, SumCell b) => new(a.Sum + b.Sum);

    public void Write(ref ByteWriter writer) => writer.WriteSigned(Sum);
}
