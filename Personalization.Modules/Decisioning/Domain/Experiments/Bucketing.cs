using System.Globalization;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>Part of the hash's range [0, 1): from <paramref name="Start"/>, which belongs to it, to <paramref name="End"/>, which does not.</summary>
internal readonly record struct BucketRange(double Start, double End)
{
    public bool Contains(double bucket) => bucket >= Start && bucket < End;
}

/// <summary>
/// Who gets what, by hash: the same person and the same seed give the same bucket in every GrowthBook SDK and here (its SDK specification
/// 0.8.0). Pure functions.
/// </summary>
internal static class Bucketing
{
    private const uint FnvOffset = 2_166_136_261;
    private const uint FnvPrime = 16_777_619;
    private const double WeightTolerance = 0.01;

    /// <summary>A bucket from 0 to below 1.</summary>
    /// <param name="seed">Of the experiment.</param>
    /// <param name="value">Of the attribute that is hashed.</param>
    /// <param name="version">1, whose buckets are thousandths and biased between experiments, or 2: ten-thousandths, hashed twice.</param>
    /// <returns>Null for a version that does not exist: nobody is in such an experiment.</returns>
    public static double? Hash(ReadOnlySpan<char> seed, ReadOnlySpan<char> value, int version) => version switch
    {
        1 => Fnv(Fnv(FnvOffset, value), seed) % 1_000 / 1_000.0,
        2 => Twice(Fnv(Fnv(FnvOffset, seed), value)) % 10_000 / 10_000.0,
        _ => null,
    };

    /// <summary>The ranges of the variations: as wide as their weights, of which <paramref name="coverage"/> counts from the start of each.</summary>
    /// <param name="variations">At least 1.</param>
    /// <param name="coverage">0 to 1; beyond it the nearest of these.</param>
    /// <param name="weights">Null, another number of them, or a sum other than 1 means equal ones.</param>
    public static BucketRange[] Ranges(int variations, double coverage, IReadOnlyList<double>? weights)
    {
        coverage = Math.Clamp(coverage, 0, 1);
        var isUsable = weights is not null && weights.Count == variations && Math.Abs(weights.Sum() - 1) <= WeightTolerance;
        var shares = isUsable ? weights! : EqualWeights(variations);
        var ranges = new BucketRange[variations];
        var start = 0.0;
        for (var i = 0; i < variations; i++)
        {
            ranges[i] = new BucketRange(start, start + (coverage * shares[i]));
            start += shares[i];
        }

        return ranges;
    }

    public static double[] EqualWeights(int variations)
    {
        var weights = new double[Math.Max(0, variations)];
        Array.Fill(weights, 1.0 / variations);
        return weights;
    }

    /// <summary>The first variation whose range the bucket lies in; -1 when it lies in none.</summary>
    public static int Choose(double bucket, IReadOnlyList<BucketRange> ranges)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Contains(bucket))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether somebody belongs to the part of a namespace that an experiment has to itself.</summary>
    public static bool IsInNamespace(string value, ExperimentNamespace space) =>
        Hash("__" + space.Id, value, version: 1) is { } bucket && space.Range.Contains(bucket);

    /// <summary>
    /// The variation that a page's address asks for, for looking at one by hand: <c>?key=1</c>. Null when it asks for none that exists.
    /// </summary>
    public static int? OverrideOf(string key, string? url, int variations)
    {
        var start = url?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        if (start < 0)
        {
            return null;
        }

        var query = url![(start + 1)..].Split('#', 2)[0];
        foreach (var pair in query.Split('&'))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && string.Equals(pair[..at], key, StringComparison.Ordinal))
            {
                return int.TryParse(pair[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked < variations ? asked : null;
            }
        }

        return null;
    }

    /// <summary>The hash of a hash as decimal digits.</summary>
    private static uint Twice(uint hash)
    {
        Span<char> digits = stackalloc char[10];
        hash.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        return Fnv(FnvOffset, digits[..length]);
    }

    /// <summary>FNV-1a with 32 bits over UTF-16 units, as the reference SDK reads a text.</summary>
    private static uint Fnv(uint hash, ReadOnlySpan<char> text)
    {
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * FnvPrime;
        }

        return hash;
    }
}
