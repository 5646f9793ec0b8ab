using System.Numerics;

namespace Personalization.Features.Domain.Segments;

/// <summary>Versions that are to be asked, by rank; taken out in order, also what is marked behind the one that was taken last. One thread at a time.</summary>
internal sealed class RankMarks
{
    private ulong[] _words = [];

    /// <summary>There are so many ranks.</summary>
    public void Ensure(int ranks)
    {
        var words = (ranks + 63) >> 6;
        if (_words.Length < words)
        {
            Array.Resize(ref _words, words);
        }
    }

    public void Add(int rank) => _words[rank >> 6] |= 1UL << (rank & 63);

    public void Add(ReadOnlySpan<int> ranks)
    {
        foreach (var rank in ranks)
        {
            Add(rank);
        }
    }

    /// <summary>Takes the first out from a rank on; false when there is none.</summary>
    public bool TryTake(ref int rank)
    {
        for (var word = rank >> 6; word < _words.Length; word++)
        {
            if (_words[word] != 0)
            {
                rank = (word << 6) + BitOperations.TrailingZeroCount(_words[word]);
                _words[word] &= _words[word] - 1;
                return true;
            }
        }

        return false;
    }

    public void Clear() => Array.Clear(_words);
}
