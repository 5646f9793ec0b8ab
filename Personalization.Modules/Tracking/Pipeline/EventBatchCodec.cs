using System.Buffers;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

internal static class EventBatchCodec
{
    public static void Write(EventBatch batch, IBufferWriter<byte> output) => throw new InvalidOperationException();
}
