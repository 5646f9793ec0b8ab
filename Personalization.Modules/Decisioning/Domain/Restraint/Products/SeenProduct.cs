using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>A product that a shopper was shown. Stored as it lies in memory, little-endian machines only.</summary>
/// <param name="Decision">Key of the answer that it was in.</param>
/// <param name="AtMs">When, Unix ms.</param>
/// <param name="Item">Its number.</param>
/// <param name="Placement">Key.</param>
/// <param name="IsClicked">1 once the shopper went on to it; 0 before.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct SeenProduct(ulong Decision, long AtMs, int Item, uint Placement, uint IsClicked = 0)
{
    public const int Bytes = 28;
}

/// <summary>Who is to be shown products, where and when.</summary>
/// <param name="ProfileId">Of somebody of whom something may be kept.</param>
/// <param name="NowMs">Unix ms.</param>
/// <param name="SessionSinceMs">From when on what was shown belongs to the session, Unix ms.</param>
/// <param name="Decision">Key of the answer.</param>
/// <param name="Placement">Key.</param>
internal readonly record struct ProductQuestion(int ProfileId, long NowMs, long SessionSinceMs, ulong Decision, uint Placement);
