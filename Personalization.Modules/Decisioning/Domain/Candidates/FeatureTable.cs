using System.Numerics;
using System.Runtime.Intrinsics;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// What a ranker knows of each candidate: numbers from 0 to 1 in 255 steps, 64 bytes a candidate, so that what was decided by is written down
/// exactly and read back exactly. One decision's own.
/// </summary>
internal sealed class FeatureTable
{
    /// <summary>Features of a candidate.</summary>
    public const int Width = 64;

    /// <summary>Bytes that <see cref="Pack"/> writes at most.</summary>
    public const int MaxPacked = 2 * Width;

    /// <summary>Parts that have features of their own; a part with a higher number is only known by what it proposes.</summary>
    public const int MaxParts = 24;
    public const int PartScore = 0;
    public const int PartPlace = MaxParts;
    public const int Bias = 48;
    public const int Popularity = 49;
    public const int PriceNearness = 50;
    public const int CategoryAffinity = 51;
    public const int BrandAffinity = 52;
    public const int ViewedRecently = 53;
    public const int Stock = 54;
    public const int Tree = 55;
    public const int SameCategory = 56;
    public const int Newness = 57;
    public const int BoughtBefore = 58;
    public const int InSession = 59;

    /// <summary>The features before this one are ranked by; the rest only tells candidates apart.</summary>
    public const int Ranked = 60;

    /// <summary>Marks of category and brand, 1 to 255; 0 for unknown. Different ones may share a mark.</summary>
    public const int CategoryMark = 60;
    public const int BrandMark = 61;

    private static readonly Dictionary<int, string> Fixed = new()
    {
        [Bias] = "bias",
        [Popularity] = "popularity",
        [PriceNearness] = "price_nearness",
        [CategoryAffinity] = "category_affinity",
        [BrandAffinity] = "brand_affinity",
        [ViewedRecently] = "viewed_recently",
        [Stock] = "stock",
        [Tree] = "tree",
        [SameCategory] = "same_category",
        [Newness] = "newness",
        [BoughtBefore] = "bought_before",
        [InSession] = "in_session",
    };

    private readonly byte[] _values = new byte[Slate.MaxPool * Width];

    /// <summary>Whether the candidates of this decision have features.</summary>
    public bool IsFilled { get; set; }

    /// <summary>The features of a candidate, by its row from 0.</summary>
    public Span<byte> this[int row] => _values.AsSpan(row * Width, Width);

    /// <summary>A number as it is kept.</summary>
    public static byte Step(double value) => double.IsNaN(value) ? (byte)0 : (byte)Math.Round(Math.Clamp(value, 0, 1) * 255);

    /// <summary>Writes the features that are not 0, each as its place and its value, for most are 0.</summary>
    /// <param name="values">Of one candidate.</param>
    /// <param name="to">At least <see cref="MaxPacked"/> long.</param>
    /// <returns>Bytes written, two for each feature.</returns>
    public static int Pack(ReadOnlySpan<byte> values, Span<byte> to)
    {
        var written = 0;
        for (var first = 0; first < Width; first += Vector256<byte>.Count)
        {
            var some = Vector256.Create(values.Slice(first, Vector256<byte>.Count));
            for (var left = ~Vector256.Equals(some, Vector256<byte>.Zero).ExtractMostSignificantBits(); left != 0; left &= left - 1)
            {
                var place = first + BitOperations.TrailingZeroCount(left);
                (to[written], to[written + 1]) = ((byte)place, values[place]);
                written += 2;
            }
        }

        return written;
    }

    /// <summary>The mark of a category or brand.</summary>
    public static byte Mark(int term) => term < 0 ? (byte)0 : (byte)(1 + (term % 255));

    /// <summary>Names of all features by their place; null for a place that means nothing.</summary>
    /// <param name="partCodes">Codes of the parts in the order of their numbers.</param>
    public static string?[] NamesOf(IReadOnlyList<string> partCodes)
    {
        var names = new string?[Width];
        for (var part = 0; part < Math.Min(partCodes.Count, MaxParts); part++)
        {
            var isAlone = partCodes.Count(code => code == partCodes[part]) == 1;
            var name = isAlone ? partCodes[part] : $"{partCodes[part]}.{part + 1}";
            (names[PartScore + part], names[PartPlace + part]) = ($"score:{name}", $"place:{name}");
        }

        foreach (var (place, name) in Fixed)
        {
            names[place] = name;
        }

        return names;
    }

    /// <summary>A candidate of which nothing is known yet.</summary>
    public void Begin(int row) => this[row].Clear();

    /// <summary>A part proposes it.</summary>
    /// <param name="row">From 0.</param>
    /// <param name="part">Number of the part, from 1.</param>
    /// <param name="score">Against the best of the part, 0 to 1.</param>
    /// <param name="place">In the part's own order, from 0.</param>
    public void Propose(int row, byte part, float score, int place)
    {
        var own = part - 1;
        if ((uint)own < MaxParts)
        {
            var values = this[row];
            values[PartScore + own] = Math.Max(values[PartScore + own], Step(score));
            values[PartPlace + own] = Math.Max(values[PartPlace + own], Step(1 / Math.Sqrt(place + 1)));
        }
    }
}
