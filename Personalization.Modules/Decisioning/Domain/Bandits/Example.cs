using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Bandits;

/// <summary>
/// An action in a context, as the model sees it: the features of the action, each alone and together with each of the context. Kept by those two
/// lists, since their pairs are many and follow from them.
/// </summary>
/// <param name="Context">Features of the context.</param>
/// <param name="Action">Features of the action, its id among them.</param>
internal readonly record struct Example(ReadOnlyMemory<HashedFeature> Context, ReadOnlyMemory<HashedFeature> Action)
{
    public int ByteCount => (Context.Length + Action.Length) * 8;

    public static Example Read(ReadOnlySpan<byte> bytes, int contextCount)
    {
        var all = MemoryMarshal.Cast<byte, HashedFeature>(bytes).ToArray();
        return new Example(all.AsMemory(0, contextCount), all.AsMemory(contextCount));
    }

    public void WriteTo(Span<byte> target)
    {
        MemoryMarshal.AsBytes(Context.Span).CopyTo(target);
        MemoryMarshal.AsBytes(Action.Span).CopyTo(target[(Context.Length * 8)..]);
    }
}
