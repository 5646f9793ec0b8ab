using System.Text;

namespace Personalization.Bench.Events;

/// <summary>Ids of the made-up shoppers and items, of fixed width so that they can be patched into prebuilt requests.</summary>
internal static class Names
{
    public const int ShopperLength = 32;
    public const int ItemLength = 8;

    public static void WriteShopper(Span<byte> target, int shopper)
    {
        Numbers.WriteHex(target[..16], Numbers.Mix((ulong)shopper));
        Numbers.WriteHex(target[16..ShopperLength], Numbers.Mix(~(ulong)shopper));
    }

    public static void WriteItem(Span<byte> target, int item)
    {
        target[0] = (byte)'P';
        Numbers.WriteDecimal(target[1..ItemLength], item);
    }

    public static string Shopper(int shopper)
    {
        Span<byte> name = stackalloc byte[ShopperLength];
        WriteShopper(name, shopper);
        return Encoding.ASCII.GetString(name);
    }

    public static string Item(int item)
    {
        Span<byte> name = stackalloc byte[ItemLength];
        WriteItem(name, item);
        return Encoding.ASCII.GetString(name);
    }
}
