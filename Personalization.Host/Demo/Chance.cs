namespace Personalization.Host.Demo;

/// <summary>The draws that the demo needs beyond those of <see cref="Random"/>.</summary>
internal static class Chance
{
    public static bool Happens(this Random random, double probability) => random.NextDouble() < probability;

    public static T Pick<T>(this Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];

    /// <summary>Waiting time of a Poisson process, in the unit of <paramref name="mean"/>; never more than six means.</summary>
    public static double Wait(this Random random, double mean) => Math.Min(-Math.Log(1 - random.NextDouble()) * mean, 6 * mean);

    /// <summary>An index, drawn with a probability proportional to its weight; 0 when all weights are zero.</summary>
    public static int PickWeighted(this Random random, ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var weight in weights)
        {
            total += weight;
        }

        var point = random.NextDouble() * total;
        for (var i = 0; i < weights.Length; i++)
        {
            point -= weights[i];
            if (point < 0)
            {
                return i;
            }
        }

        return 0;
    }
}
