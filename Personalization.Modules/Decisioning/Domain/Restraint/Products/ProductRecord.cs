using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>
/// Which products one shopper was shown lately: as the log tells, and what answers were given that the log has not told of yet. Only the first is stored.
/// Read and written under the lock of its shopper's stripe.
/// </summary>
internal sealed class ProductRecord : IShopperRecord<ProductRecord>
{
    /// <summary>The newest that are kept: 25 answers of 20.</summary>
    public const int MaxShown = 512;

    /// <summary>As the log tells, oldest first.</summary>
    public List<SeenProduct> Shown { get; private set; } = [];

    /// <summary>Given to answers, oldest first.</summary>
    public List<SeenProduct> Promised { get; } = [];

    public bool IsDirty { get; set; }

    /// <summary>Nothing that would be stored.</summary>
    public bool IsEmpty => Shown.Count == 0;

    public void Promise(in SeenProduct seen)
    {
        Promised.Add(seen);
        Trim(Promised);
    }

    /// <summary>The log tells of an answer; what it promised is known now.</summary>
    public void Confirm(ulong decision) => Promised.RemoveAll(seen => seen.Decision == decision);

    public void Add(in SeenProduct seen)
    {
        var place = Shown.Count;
        while (place > 0 && Shown[place - 1].AtMs > seen.AtMs)
        {
            place--;
        }

        Shown.Insert(place, seen);
        Trim(Shown);
    }

    /// <summary>The shopper went on to it: what was shown of it until then is no nuisance.</summary>
    /// <returns>Whether it had been shown.</returns>
    public bool Click(int item, long atMs)
    {
        var had = false;
        foreach (ref var seen in CollectionsMarshal.AsSpan(Shown))
        {
            if (seen.Item == item && seen.AtMs <= atMs && seen.IsClicked == 0)
            {
                seen = seen with { IsClicked = 1 };
                had = true;
            }
        }

        return had;
    }

    public void Take(ProductRecord other)
    {
        Shown = [.. Shown.Concat(other.Shown).OrderBy(seen => seen.AtMs).ThenBy(seen => seen.Decision).ThenBy(seen => seen.Item).TakeLast(MaxShown)];
        Promised.AddRange(other.Promised);
        Trim(Promised);
    }

    public void Forget() => Shown.Clear();

    public byte[] Encode() => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(Shown)).ToArray();

    public static ProductRecord Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % SeenProduct.Bytes != 0)
        {
            throw new InvalidDataException($"Products that a shopper was shown take {SeenProduct.Bytes} bytes each; {bytes.Length} were found.");
        }

        return new ProductRecord { Shown = [.. MemoryMarshal.Cast<byte, SeenProduct>(bytes)] };
    }

    private static void Trim(List<SeenProduct> list)
    {
        if (list.Count > MaxShown)
        {
            list.RemoveRange(0, list.Count - MaxShown);
        }
    }
}
