namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>Mean of the amounts, of their exact sum; nothing of none.</summary>
internal sealed class AverageAggregate(FeatureWindow window) : PaneAggregate<AverageCell>(window)
{
    public override bool NeedsAmount => true;

    protected override Scalar Finish(AverageCell total) => Scalar.Of(Millionths.ToNumber(total.Sum) / total.Count);
}

/// <summary>How many, and their sum in millionths.</summary>
internal readonly record struct AverageCell(long Count, Int128 Sum) : ICell<AverageCell>
{
    public static int MaxBytes => 29;

    public static AverageCell Of(in Observation observation) => new(1, observation.Millionths);

    public static AverageCell Read(ref ByteReader reader) => new((long)reader.Read(), reader.ReadSigned128());

    public static AverageCell Combine(AverageCell a, AverageCell b) => new(a.Count + b.Count, a.Sum + b.Sum);

    public void Write(ref ByteWriter writer)
    {
        writer.Write((ulong)Count);
        writer.WriteSigned(Sum);
    }
}
