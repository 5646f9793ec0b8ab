using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning.Domain.Models.Factors;

/// <summary>
/// Implicit matrix factorisation by alternating least squares (iALS, Hu et al., 2008): everything not bought counts a little, what was
/// bought counts more, and customers and items get the vectors whose products come nearest. Only items' vectors are kept, so that nothing
/// of anybody stays in a model; a shopper's own is solved from the items when asked, which also takes in what was bought since.
/// </summary>
internal sealed class ImplicitFactors
{
    private readonly float[] _items;
    private readonly float[] _gram;
    private readonly FactorFit _options;

    private ImplicitFactors(float[] items, float[] gram, FactorFit options) => (_items, _gram, _options) = (items, gram, options);

    /// <summary>Length of a vector.</summary>
    public int Factors => _options.Factors;

    public ReadOnlySpan<float> AllItems => _items;

    /// <summary>Floats of working memory that <see cref="Embed"/> needs.</summary>
    public int WorkLength => Factors * Factors;

    public static ImplicitFactors Fit(PurchaseMatrix matrix, FactorFit options, CancellationToken cancellationToken)
    {
        var f = options.Factors;
        var random = new Random(options.Seed);
        var items = new float[matrix.Count * f];
        foreach (ref var value in items.AsSpan())
        {
            value = (random.NextSingle() - 0.5f) / MathF.Sqrt(f);
        }

        var customers = new float[matrix.Customers * f];
        var (work, columns) = (new float[f * f], Transpose(matrix));
        for (var iteration = 0; iteration < options.Iterations; iteration++)
        {
            var gram = GramOf(items, options);
            for (var row = 0; row < matrix.Customers; row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Solve(matrix.Row(row), items, gram, options, customers.AsSpan(row * f, f), work);
            }

            gram = GramOf(customers, options);
            for (var item = 0; item < matrix.Count; item++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Solve(columns[item], customers, gram, options, items.AsSpan(item * f, f), work);
            }
        }

        return new ImplicitFactors(items, GramOf(items, options), options);
    }

    /// <summary>The vector of a shopper who has some items (the matrix's numbers).</summary>
    public void Embed(ReadOnlySpan<int> owned, Span<float> vector, Span<float> work) => Solve(owned, _items, _gram, _options, vector, work);

    /// <summary>Adds to each item's score how well it suits a shopper's vector.</summary>
    public void AddScores(ReadOnlySpan<float> vector, float weight, Span<float> scores)
    {
        var f = Factors;
        for (var item = 0; item < scores.Length; item++)
        {
            scores[item] += weight * Vectors.Dot(vector, _items.AsSpan(item * f, f));
        }
    }

    public void Write(ModelWriter to) => to.Number(Factors).List<float>([_options.Regularisation, _options.Confidence]).List<float>(_items).List<float>(_gram);

    /// <exception cref="InvalidDataException">They are not of so many items.</exception>
    public static ImplicitFactors Read(ref ModelReader from, int count)
    {
        var (factors, fit, items, gram) = (from.Int(), from.List<float>(), from.List<float>(), from.List<float>());
        return factors > 0 && fit.Length == 2 && items.LongLength == (long)factors * count && gram.LongLength == (long)factors * factors
            ? new ImplicitFactors(items, gram, new FactorFit { Factors = factors, Regularisation = fit[0], Confidence = fit[1] })
            : throw new InvalidDataException("The factors are of other items.");
    }

    private static void Solve(
        ReadOnlySpan<int> others, float[] vectors, float[] gram, FactorFit options, Span<float> result, Span<float> work)
    {
        var f = options.Factors;
        gram.CopyTo(work);
        result.Clear();
        foreach (var other in others)
        {
            var vector = vectors.AsSpan(other * f, f);
            Vectors.AddScaled(result, vector, 1 + options.Confidence);
            for (var i = 0; i < f; i++)
            {
                Vectors.AddScaled(work.Slice(i * f, i + 1), vector[..(i + 1)], options.Confidence * vector[i]);
            }
        }

        Vectors.Solve(work, result, f);
    }

    /// <summary>Products of all columns with each other, the regularisation on the diagonal.</summary>
    private static float[] GramOf(float[] vectors, FactorFit options)
    {
        var f = options.Factors;
        var gram = new float[f * f];
        for (var start = 0; start < vectors.Length; start += f)
        {
            var vector = vectors.AsSpan(start, f);
            for (var i = 0; i < f; i++)
            {
                Vectors.AddScaled(gram.AsSpan(i * f, i + 1), vector[..(i + 1)], vector[i]);
            }
        }

        for (var i = 0; i < f; i++)
        {
            gram[(i * f) + i] += options.Regularisation;
        }

        return gram;
    }

    private static int[][] Transpose(PurchaseMatrix matrix)
    {
        var columns = new List<int>[matrix.Count];
        for (var row = 0; row < matrix.Customers; row++)
        {
            foreach (var item in matrix.Row(row))
            {
                (columns[item] ??= []).Add(row);
            }
        }

        return [.. columns.Select(column => column is null ? [] : column.ToArray())];
    }
}

/// <summary>How factors are fitted.</summary>
internal sealed record FactorFit
{
    public int Factors { get; init; } = 64;

    /// <summary>Full rounds over customers and items.</summary>
    public int Iterations { get; init; } = 8;

    /// <summary>Against long vectors of those who bought little.</summary>
    public float Regularisation { get; init; } = 10;

    /// <summary>What a purchase counts beyond what was not bought.</summary>
    public float Confidence { get; init; } = 10;

    public int Seed { get; init; } = 1;
}
