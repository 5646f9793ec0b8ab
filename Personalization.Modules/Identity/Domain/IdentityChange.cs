namespace Personalization.Identity.Domain;

/// <summary>What an administrator does to the graph, as it stands in the log: profiles and identifiers as numbers and keyed hashes.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Profile">The profile that ends (merge), is parted (unmerge) or is split.</param>
/// <param name="Other">Merge: the profile that lives on. Otherwise the person that <paramref name="Profile"/> belongs to.</param>
/// <param name="Keys">Split: the identifiers that move to a profile of their own. Empty otherwise.</param>
/// <param name="IsForced">Merge: also two known users.</param>
/// <param name="AtMs">Our clock when it was asked for, Unix ms.</param>
/// <param name="Actor">Name of the key that asked.</param>
/// <param name="Reason">Why; up to <see cref="MaxReason"/> bytes of UTF-8.</param>
internal sealed record IdentityChange(
    IdentityChangeKind Kind, ProfileRef Profile, ProfileRef Other, IdentifierKey[] Keys, bool IsForced, long AtMs, string Actor, string Reason)
{
    public const int MaxReason = 2_000;
    public const int MaxKeys = 100;

    /// <summary>What an erasure leaves in the place.</summary>
    public static readonly IdentityChange Erased =
        new(IdentityChangeKind.Erased, ProfileRef.None, ProfileRef.None, [], IsForced: false, AtMs: 0, Actor: "", Reason: "");
}

/// <summary>Stored: numbers stay.</summary>
internal enum IdentityChangeKind : byte
{
    Erased = 0,
    Merge = 1,
    Unmerge = 2,
    Split = 3,
}

/// <summary>
/// A profile in the log. Numbers are given anew when the log is replayed after an erasure, so an identifier that is bound to the profile
/// leads to it; the number is for one that has none left.
/// </summary>
/// <param name="Number">As it was when the change was asked for.</param>
/// <param name="Key">Keyed hash of an identifier that is bound to it; default for none.</param>
internal readonly record struct ProfileRef(int Number, UInt128 Key)
{
    public static readonly ProfileRef None = new(-1, default);
}

/// <summary>An identifier as the log may name it.</summary>
/// <param name="Key">Keyed hash.</param>
/// <param name="IsUser">Whether it is a user id: who has one is known.</param>
internal readonly record struct IdentifierKey(UInt128 Key, bool IsUser);
