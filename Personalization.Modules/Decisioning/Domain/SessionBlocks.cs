namespace Personalization.Decisioning.Domain;

/// <summary>
/// Room for the items of sessions: one flat array cut into blocks of 4 to 64 numbers, with a free list per size. A session that
/// grows moves to the next size. Writer only, except that readers may look into <see cref="Items"/> at any time: a reader
/// that comes late sees the items of another session for one answer, never anything outside the array.
/// </summary>
internal sealed class SessionBlocks
{
    internal const int SmallestBits = 2;
    internal const int LargestBits = 6;
    internal const int Largest = 1 << LargestBits;
    private readonly Stack<int>[] _free = [new(), new(), new(), new(), new()];
    private int _end;

    /// <summary>Replaced when it grows; the old one keeps what it had.</summary>
    public int[] Items { get; private set; } = new int[1024];

    public static int BitsFor(int count) =>
        Math.Max(SmallestBits, System.Numerics.BitOperations.Log2((uint)Math.Max(1, count - 1)) + 1);

    public int Take(int bits)
    {
        if (_free[bits - SmallestBits].TryPop(out var free))
        {
            return free;
        }

        var start = _end;
        _end += 1 << bits;
        if (_end > Items.Length)
        {
            var grown = new int[Math.Max(_end, Items.Length * 2)];
            Items.CopyTo(grown, 0);
            Items = grown;
        }

        return start;
    }

    public void Give(int start, int bits) => _free[bits - SmallestBits].Push(start);
}
