using System.Buffers;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>The entrance for code in the same process.</summary>
internal sealed class EventWriter(EventIntake intake, EventBatchPool pool, ISourceDirectory sources, TimeProvider time) : IEventWriter
{
    public async ValueTask<EventWriteResult> WriteAsync(
        ReadOnlyMemory<byte> batchJson, string sourceName, EventOrigin origin, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var batch = pool.Rent(batchJson.Length);
        try
        {
            batch.Write(batchJson.Span);
            batch.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            batch.Origin = origin;
            var result = await intake.TakeAsync(batch, default, sources.Named(sourceName));
            return new EventWriteResult(result.Accepted, result.Refused, result.Problem)
            {
                RetryAfterSeconds = result.RetryAfterSeconds,
                RefusedPlaces = batch.Refusals.Count == 0 ? [] : [.. batch.Refusals.Select(refusal => refusal.Index)],
            };
        }
        finally
        {
            batch.Release();
        }
    }
}
