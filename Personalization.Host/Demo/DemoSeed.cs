namespace Personalization.Host.Demo;

/// <summary>Derives independent seeds from one: the same numbers give the same seed on every machine and in every version.</summary>
internal static class DemoSeed
{
    /// <summary>A generator for the thing that the numbers name, for example (seed, run, shopper).</summary>
    public static Random Random(params ReadOnlySpan<int> name) => new(Mix(name));

    /// <summary>SplitMix64 over the numbers, so that neighbouring shoppers do not get neighbouring seeds.</summary>
    public static int Mix(params ReadOnlySpan<int> name)
    {
        var state = 0x9E3779B97F4A7C15UL;
        foreach (var number in name)
        {
            state = (state ^ (uint)number) + 0x9E3779B97F4A7C15UL;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EBUL;
            state ^= state >> 31;
        }

        return (int)(state & int.MaxValue);
    }
}
