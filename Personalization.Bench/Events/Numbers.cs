namespace Personalization.Bench.Events;

/// <summary>Numbers that look random and are the same on every run, written in place in a fixed width.</summary>
internal static class Numbers
{
    /// <summary>SplitMix64: one to one, so different numbers stay different.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The generator's next state; take <see cref="Mix"/> of it for a value.</summary>
    public static ulong Next(ref ulong state) => Mix(state++);

    public static void WriteHex(Span<byte> target, ulong value)
    {
        for (var i = target.Length - 1; i >= 0; i--)
        {
            target[i] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }
    }

    public static void WriteDecimal(Span<byte> target, int value)
    {
        for (var i = target.Length - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
