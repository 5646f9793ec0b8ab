namespace Personalization.Kernel.Collections;

/// <summary>
/// An array that grows without moving its elements, so that readers may hold a reference to one while another thread
/// grows it. One writer grows; any number of threads read what the writer has published.
/// </summary>
public sealed class ChunkedArray<T>
{
    private const int ChunkBits = 12;
    private const int ChunkSize = 1 << ChunkBits;
    private volatile T[][] _chunks = [];

    /// <summary>Elements that can be addressed now.</summary>
    public int Capacity => _chunks.Length << ChunkBits;

    /// <summary>The element, which must lie below <see cref="Capacity"/>.</summary>
    public ref T this[int index] => ref _chunks[index >> ChunkBits][index & (ChunkSize - 1)];

    /// <summary>Makes the index addressable. Writer only.</summary>
    public ref T Ensure(int index)
    {
        if (index >= Capacity)
        {
            Grow(index);
        }

        return ref this[index];
    }

    private void Grow(int index)
    {
        var chunks = _chunks;
        var grown = new T[(index >> ChunkBits) + 1][];
        chunks.CopyTo(grown, 0);
        for (var i = chunks.Length; i < grown.Length; i++)
        {
            grown[i] = new T[ChunkSize];
        }

        _chunks = grown;
    }
}
