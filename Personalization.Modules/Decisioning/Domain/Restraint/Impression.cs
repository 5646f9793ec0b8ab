using System.Runtime.InteropServices;
using System.Text;
using Personalization.Kernel.Hashing;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>An offer that a shopper was shown. Stored as it lies in memory, little-endian machines only.</summary>
/// <param name="Offer">Key of the offer.</param>
/// <param name="Decision">Key of the answer that it was in; 0 when it was shown elsewhere.</param>
/// <param name="AtMs">When, Unix ms.</param>
/// <param name="Placement">Key; 0 for none.</param>
/// <param name="Channel">Key; 0 for none.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Impression(ulong Offer, ulong Decision, long AtMs, uint Placement, uint Channel)
{
    public const int Bytes = 32;

    /// <summary>A key of an offer's id, the same in every process: so the ids need no numbers of their own in the checkpoint.</summary>
    public static ulong OfferKey(ReadOnlySpan<char> id) => Key(id);

    /// <summary>Of a placement or channel; 0 for none.</summary>
    public static uint ScopeKey(ReadOnlySpan<char> name) => name.IsEmpty ? 0 : (uint)Key(name) | 1;

    public static ulong DecisionKey(Guid decision)
    {
        Span<byte> bytes = stackalloc byte[16];
        decision.TryWriteBytes(bytes);
        return (ulong)SipHash128.Hash(0, 0, bytes) | 1;
    }

    private static ulong Key(ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[768];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? (ulong)SipHash128.Hash(0, 0, utf8[..length]) | 1 : 1;
    }
}
