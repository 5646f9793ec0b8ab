using System.Security.Cryptography;

namespace Personalization.Kernel.Replay;

/// <summary>That only some profiles are to be compared.</summary>
/// <param name="Profiles">How many, 1 to <see cref="MaxProfiles"/>; all where there are fewer.</param>
/// <param name="Seed">By which they are drawn, from 0: the same seed draws the same from the same checkpoint.</param>
public sealed record ParitySample(int Profiles, int Seed)
{
    /// <summary>Numbers are kept of each, and with more a comparison of everything costs as little.</summary>
    public const int MaxProfiles = 100_000;

    /// <summary>Why a seed without a number of profiles is refused.</summary>
    public const string SeedAlone = "A seed draws a sample: say how many profiles, or no seed.";

    /// <summary>What was drawn by chance can be drawn again: the report names the seed.</summary>
    public static int AnySeed() => RandomNumberGenerator.GetInt32(int.MaxValue);
}

/// <summary>What of a cut was compared.</summary>
/// <param name="Seed">By which the profiles were drawn.</param>
/// <param name="Profiles">How many were.</param>
/// <param name="Held">Of how many of whom something is known.</param>
/// <param name="Applied">Whose events were applied: the drawn, and whoever was ever joined to one of them.</param>
public sealed record SampledProfiles(int Seed, int Profiles, long Held, int Applied)
{
    /// <summary>What the report says nothing of.</summary>
    public string LeftOut { get; } = "Compared are the tables of a row for each profile, of the profiles drawn. Everybody else, and every other table, is left out.";
}
