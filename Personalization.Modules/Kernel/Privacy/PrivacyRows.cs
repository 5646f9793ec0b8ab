namespace Personalization.Kernel.Privacy;

/// <summary>A hashed identifier of the list.</summary>
/// <param name="Hash">Under the list's own key.</param>
/// <param name="Bucket">24 bits of what was hashed, for the filter in front.</param>
/// <param name="IsShared">Whether it was somebody else's by the time of the erasure.</param>
internal readonly record struct IdentifierRow(UInt128 Hash, uint Bucket, bool IsShared);

/// <summary>What an erasure needs to go on after a crash.</summary>
internal sealed record OrderRow(int Profiles, IReadOnlyList<long> Offsets, byte[] Work);

/// <summary>A receipt before it is a link of the chain.</summary>
internal sealed record ReceiptDraft(string Store, long Found, long Removed, string Method, long AtMs)
{
    public StoreReceipt ToReceipt(byte[] hash) =>
        new(Store, Found, Removed, Method, DateTimeOffset.FromUnixTimeMilliseconds(AtMs), Convert.ToHexStringLower(hash));
}

/// <summary>A tombstone as it is on disk.</summary>
internal sealed record TombstoneRow
{
    public long Number { get; init; }

    public string RequestId { get; init; } = "";

    public long State { get; init; }

    public long RequestedAtMs { get; init; }

    public long? CompletedAtMs { get; init; }

    public long? ReappliedAtMs { get; init; }

    public long? LiftedAtMs { get; init; }

    public string? LiftReason { get; init; }

    public long Profiles { get; init; }

    public long Events { get; init; }

    public long Withheld { get; init; }

    public long Identifiers { get; init; }

    public Tombstone ToTombstone(long withheldSince) => new(
        RequestId,
        (TombstoneState)State,
        DateTimeOffset.FromUnixTimeMilliseconds(RequestedAtMs),
        TimeOf(CompletedAtMs),
        TimeOf(ReappliedAtMs),
        TimeOf(LiftedAtMs),
        LiftReason,
        Identifiers,
        Profiles,
        Events,
        Withheld + withheldSince);

    private static DateTimeOffset? TimeOf(long? unixMs) => unixMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
