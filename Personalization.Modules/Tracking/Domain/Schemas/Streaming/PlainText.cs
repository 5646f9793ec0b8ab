using System.Buffers;
using Personalization.Kernel.Json;

namespace Personalization.Tracking.Domain.Schemas.Streaming;

/// <summary>A text without its escapes, on the stack where it fits.</summary>
internal readonly ref struct PlainText
{
    public const int OnStack = 256;

    private readonly byte[]? _rented;

    public PlainText(ReadOnlySpan<byte> escaped, Span<byte> stack)
    {
        _rented = escaped.Length > stack.Length ? ArrayPool<byte>.Shared.Rent(escaped.Length) : null;
        var room = _rented ?? stack;
        Text = room[..JsonText.Unescape(escaped, room, out _)];
    }

    public ReadOnlySpan<byte> Text { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
