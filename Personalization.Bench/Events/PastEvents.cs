using System.Net;
using System.Net.Http.Headers;

namespace Personalization.Bench.Events;

/// <summary>A body of NDJSON lines that is made while it is sent: half a year of shoppers who view a few items in a row, sorted by time.</summary>
internal sealed class PastEvents : HttpContent
{
    private const int Days = 180;
    private const int Sets = 360;
    private const int StepsOfShopper = 5;
    private const int FlushBytes = 256 * 1024;
    private readonly EventTemplate[][] _sets;
    private readonly IEventMix _mix;
    private readonly int _count;
    private readonly ulong _messageIdHigh;

    /// <param name="mix">Who does what.</param>
    /// <param name="count">Lines.</param>
    /// <param name="seed">Another one for other message ids.</param>
    /// <param name="now">The end of the half year.</param>
    public PastEvents(IEventMix mix, int count, ulong seed, DateTimeOffset now)
    {
        _mix = mix;
        _count = count;
        _messageIdHigh = Numbers.Mix(seed);
        _sets = [.. Enumerable.Range(0, Sets).Select(set => EventTemplate.MakeAll(now.AddDays(-Days * (1 - ((double)set / Sets))), withSentAt: false))];
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = new byte[FlushBytes + 8_192];
        var length = 0;
        var state = _messageIdHigh;
        var shopper = 0;
        for (var i = 0; i < _count; i++)
        {
            _mix.Next(ref state, out var other, out var item);
            shopper = i % StepsOfShopper == 0 ? other : shopper;
            var template = _sets[(long)i * Sets / _count][i % EventTemplate.Count];
            template.Bytes.CopyTo(buffer, length);
            template.Patch(buffer, length, _messageIdHigh, Numbers.Mix((ulong)i), shopper, item);
            length += template.Bytes.Length;
            buffer[length++] = (byte)'\n';
            if (length >= FlushBytes)
            {
                await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
                length = 0;
            }
        }

        await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
