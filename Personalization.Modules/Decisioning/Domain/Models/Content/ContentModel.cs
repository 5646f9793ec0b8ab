using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Models.Content;

/// <summary>
/// Which items are described alike: cosine of their words, rare words counting more (TF-IDF), over an inverted index. For items that nobody has
/// looked at yet. Bounded: an item keeps its rarest words, a word its newest items. Immutable; any thread.
/// </summary>
internal sealed class ContentModel : IModel
{
    /// <summary>Words kept of an item, the rarest.</summary>
    private const int WordsPerItem = 16;

    /// <summary>Items kept of a word, the newest: a word of more says little.</summary>
    private const int ItemsPerWord = 512;
    /// <summary>No catalogue has more: a damaged file must not ask for all memory.</summary>
    private const int MaxWords = 1 << 27;
    private readonly int[] _firstWords;
    private readonly int[] _words;
    private readonly float[] _weights;
    private readonly int[] _firstItems;
    private readonly int[] _items;
    private readonly float[] _itemWeights;

    private ContentModel(Rows rows, int wordCount, long logOffset, long asOfMs, int described)
    {
        (_firstWords, _words, _weights) = (rows.First, rows.Words, rows.Weights);
        (_firstItems, _items, _itemWeights) = Invert(rows, wordCount);
        Lineage = new ModelLineage
        {
            LogOffset = logOffset,
            AsOfMs = asOfMs,
            Items = described,
            Examples = _words.Length,
            Options = new Dictionary<string, double> { ["wordsPerItem"] = WordsPerItem, ["itemsPerWord"] = ItemsPerWord, ["words"] = wordCount },
            Fingerprint = Fingerprint(),
        };
    }

    public const string ModelName = "content";

    public string Name => ModelName;

    public ModelLineage Lineage { get; }

    /// <summary>Items are 0 to this - 1.</summary>
    public int Count => _firstWords.Length - 1;

    /// <param name="catalog">Read while it goes on changing; an item that changes meanwhile is in the next version.</param>
    /// <param name="maxItems">Items at most, those with the highest numbers.</param>
    /// <param name="logOffset">Where the log was when the reading began.</param>
    /// <param name="asOfMs">When that was.</param>
    /// <param name="cancellationToken">Asked for every item.</param>
    public static ContentModel Build(ICatalog catalog, int maxItems, long logOffset, long asOfMs, CancellationToken cancellationToken)
    {
        var (numbers, frequencies) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<int>());
        var (ofItem, words) = (new int[catalog.Count][], new HashSet<string>(StringComparer.Ordinal));
        var described = 0;
        for (var item = 0; item < ofItem.Length; item++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ofItem[item] = [];
            if (item >= ofItem.Length - maxItems && catalog[item] is { } details)
            {
                described++;
                ItemWords.Of(details, words);
                ofItem[item] = Number(words, numbers, frequencies);
            }
        }

        return new ContentModel(Weigh(ofItem, frequencies, described), frequencies.Count, logOffset, asOfMs, described);
    }

    /// <summary>The words of each item; what items a word has follows from them.</summary>
    public void Write(ModelWriter to) => to.Number((long)Lineage.Options["words"]).List<int>(_firstWords).List<int>(_words).List<float>(_weights);

    /// <exception cref="InvalidDataException">Its numbers do not fit each other.</exception>
    public static ContentModel Read(ref ModelReader from, ModelLineage lineage)
    {
        var (wordCount, first, words, weights) = (from.Int(), from.List<int>(), from.List<int>(), from.List<float>());
        var isWhole = first is [0, ..] && first[^1] == words.Length && weights.Length == words.Length && wordCount is >= 0 and <= MaxWords
            && Array.TrueForAll(words, word => word >= 0 && word < wordCount) && first.Zip(first.Skip(1)).All(pair => pair.First <= pair.Second);
        return isWhole
            ? new ContentModel(new Rows(first, words, weights), wordCount, lineage.LogOffset, lineage.AsOfMs, lineage.Items)
            : throw new InvalidDataException("Its words do not fit its items.");
    }

    /// <summary>The items described most like one, best first; what is like nothing has none.</summary>
    public int Find(int item, NeighbourScratch scratch, ItemFilter filter, Span<ScoredItem> room)
    {
        if ((uint)item >= (uint)Count)
        {
            return 0;
        }

        scratch.Begin(slots: 0, Count, touchedSessions: 0);
        var touched = 0;
        for (var i = _firstWords[item]; i < _firstWords[item + 1]; i++)
        {
            var (word, weight) = (_words[i], _weights[i]);
            for (var place = _firstItems[word]; place < _firstItems[word + 1]; place++)
            {
                if (_items[place] != item)
                {
                    touched = scratch.Add(_items[place], weight * _itemWeights[place], item, touched);
                }
            }
        }

        return scratch.Rank(touched, filter, room);
    }

    private static int[] Number(HashSet<string> words, Dictionary<string, int> numbers, List<int> frequencies)
    {
        var numbered = new int[words.Count];
        var count = 0;
        foreach (var word in words.Order(StringComparer.Ordinal))
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, word, out var isKnown);
            if (!isKnown)
            {
                number = frequencies.Count;
                frequencies.Add(0);
            }

            frequencies[number]++;
            numbered[count++] = number;
        }

        return numbered;
    }

    /// <summary>Of each item the rarest words, with weights whose squares sum to one.</summary>
    private static Rows Weigh(int[][] ofItem, List<int> frequencies, int described)
    {
        var (first, words, weights) = (new int[ofItem.Length + 1], new List<int>(), new List<float>());
        for (var item = 0; item < ofItem.Length; item++)
        {
            var own = ofItem[item];

            // A word that only one item has finds nothing.
            var kept = own.Where(word => frequencies[word] > 1).OrderBy(word => frequencies[word]).ThenBy(word => word).Take(WordsPerItem).ToArray();
            var rarities = Array.ConvertAll(kept, word => MathF.Log(1 + ((float)described / frequencies[word])));
            var length = MathF.Sqrt(own.Sum(word => MathF.Pow(MathF.Log(1 + ((float)described / frequencies[word])), 2)));
            words.AddRange(kept);
            weights.AddRange(rarities.Select(rarity => rarity / length));
            first[item + 1] = words.Count;
        }

        return new Rows(first, [.. words], [.. weights]);
    }

    /// <summary>For each word its items, the newest first.</summary>
    private static (int[] First, int[] Items, float[] Weights) Invert(Rows rows, int wordCount)
    {
        var counts = new int[wordCount + 1];
        foreach (var word in rows.Words)
        {
            counts[word + 1] = Math.Min(ItemsPerWord, counts[word + 1] + 1);
        }

        for (var word = 0; word < wordCount; word++)
        {
            counts[word + 1] += counts[word];
        }

        var next = counts[..^1];
        var (items, weights) = (new int[counts[^1]], new float[counts[^1]]);
        for (var item = rows.First.Length - 2; item >= 0; item--)
        {
            for (var i = rows.First[item]; i < rows.First[item + 1]; i++)
            {
                ref var place = ref next[rows.Words[i]];
                if (place < counts[rows.Words[i] + 1])
                {
                    items[place] = item;
                    weights[place++] = rows.Weights[i];
                }
            }
        }

        return (counts, items, weights);
    }

    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(_firstWords.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_words.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_weights.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Rows(int[] First, int[] Words, float[] Weights);
}
