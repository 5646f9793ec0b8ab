namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>Arrays that evaluations use one after the other, so that none allocates. Grows with the longest history met.</summary>
internal sealed class EvaluationRoom
{
    /// <summary>For distinct values.</summary>
    public DistinctSet Distinct { get; } = new();

    /// <summary>Of each event, what a chain that ends with it is worth: at one step, and at the step before.</summary>
    public long[] Chains = [];
    public long[] ChainsBefore = [];

    /// <summary>Places of events.</summary>
    public int[] Queue = [];
    public int[] Matches = [];
    public int[] Absences = [];

    public void Ensure(int events)
    {
        if (Chains.Length < events)
        {
            var size = Math.Max(64, events * 2);
            Chains = new long[size];
            ChainsBefore = new long[size];
            Queue = new int[size];
            Matches = new int[size];
            Absences = new int[size];
        }
    }
}
