namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// A sum in which an amount counts 2^-(age / half-life). A pane is one half-life long, and an amount is weighed in its pane by
/// 2^(time since the pane's start / half-life), between 1 and 2, in fixed point: whole numbers, which add up the same in any order, and
/// which nothing rescales later. Reading weighs the panes: exact by event time, to 2^-31 of each amount.
/// <para>
/// Panes older than 40 half-lives are dropped: they weigh less than 10^-12. The value is as of the start of the current grain, so that it
/// changes once a grain and not all the time. Source of the landmark: Cormode et al., Forward Decay, 2009.
/// </para>
/// </summary>
internal sealed class DecayedSumAggregate(FeatureWindow window, long halfLifeMs, bool isOfAmounts)
    : PaneAggregate<DecayedCell>(new FeatureWindow(WindowKind.Sliding, KeptHalfLives * halfLifeMs, halfLifeMs))
{
    public const int KeptHalfLives = 40;

    public override bool NeedsAmount => isOfAmounts;

    public override int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into) =>
        base.Add(state, Decay.Weighed(in observation, halfLifeMs, isOfAmounts), into);

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        valueBytes = 0;
        var asOf = Decay.GrainStart(at.NowMs, window.GrainMs);
        var sum = 0d;
        var panes = new PaneReader<DecayedCell>(state);
        while (panes.MoveNext())
        {
            sum += Decay.Read(panes.Cell.Weighed, panes.Pane, asOf, halfLifeMs);
        }

        nextChangeMs = sum == 0 ? long.MaxValue : asOf + window.GrainMs;
        return Scalar.Of(sum);
    }

    protected override Scalar Finish(DecayedCell total) => default;
}

/// <summary>Weights of decayed sums.</summary>
internal static class Decay
{
    /// <summary>Fixed point: 2^-32 of a millionth.</summary>
    private const double One = 4_294_967_296;

    /// <summary>The observation with its amount in millionths weighed for its pane, which <see cref="DecayedCell"/> takes as it is.</summary>
    public static Observation Weighed(in Observation observation, long halfLifeMs, bool isOfAmounts) => new()
    {
        TimeMs = observation.TimeMs,
        Offset = observation.Offset,
        Line = observation.Line,
        Session = observation.Session,
        Millionths = isOfAmounts ? observation.Millionths : 1_000_000,
        Value = observation.Value,
        Weight = Math.Pow(2, (double)(EventTime.ToOffset(observation.TimeMs) % halfLifeMs) / halfLifeMs),
    };

    public static Int128 Fixed(in Observation observation) => (Int128)observation.Millionths * (long)(observation.Weight * One);

    public static double Read(Int128 weighed, long pane, long asOfMs, long halfLifeMs) =>
        Millionths.ToNumber(weighed) / One * Math.Pow(2, ((double)(pane * halfLifeMs) - EventTime.ToOffset(asOfMs)) / halfLifeMs);

    public static long GrainStart(long nowMs, long grainMs)
    {
        var offset = EventTime.ToOffset(nowMs);
        return EventTime.FromOffset(offset - (offset % grainMs));
    }
}

/// <summary>A sum of weighed amounts, in 2^-32 of a millionth.</summary>
internal readonly record struct DecayedCell(Int128 Weighed) : ICell<DecayedCell>
{
    public static int MaxBytes => 19;

    public static DecayedCell Of(in Observation observation) => new(Decay.Fixed(in observation));

    public static DecayedCell Read(ref ByteReader reader) => new(reader.ReadSigned128());

    public static DecayedCell Combine(DecayedCell a, DecayedCell b) => new(a.Weighed + b.Weighed);

    public void Write(ref ByteWriter writer) => writer.WriteSigned(Weighed);
}
