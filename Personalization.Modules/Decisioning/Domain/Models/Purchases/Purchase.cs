namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>One item that a shopper bought, in eight bytes that sort by time: minutes since 2000 and what may be done with it, then the item.</summary>
internal readonly record struct Purchase(long Cell)
{
    private const int FlagBits = 2;
    private const long EpochMs = 946_684_800_000;
    private const long MaxMinute = (1L << 29) - 1;

    public Purchase(int item, long timeMs, PurchaseUse use)
        : this((((MinuteOf(timeMs) << FlagBits) | (long)use) << 32) | (uint)item)
    {
    }

    public int Item => (int)Cell;

    /// <summary>Minutes since 2000.</summary>
    public int Minute => (int)(Cell >> (32 + FlagBits));

    public long TimeMs => TimeOf(Minute);

    public PurchaseUse Use => (PurchaseUse)((Cell >> 32) & 3);

    /// <summary>By bits: in code that is not optimised yet, asking an enum for its flag allocates.</summary>
    public bool MayServe => (Use & PurchaseUse.Serve) == PurchaseUse.Serve;

    public bool MayTrain => (Use & PurchaseUse.Train) == PurchaseUse.Train;

    public static long MinuteOf(long timeMs) => Math.Clamp((timeMs - EpochMs) / 60_000, 0, MaxMinute);

    public static long TimeOf(int minute) => EpochMs + (minute * 60_000L);
}

/// <summary>What the shopper's consent allowed when it was bought.</summary>
[Flags]
internal enum PurchaseUse : byte
{
    None = 0,

    /// <summary>It may decide what the shopper is shown.</summary>
    Serve = 1,

    /// <summary>It may teach models.</summary>
    Train = 2,
}
