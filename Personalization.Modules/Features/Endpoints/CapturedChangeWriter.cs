using System.Buffers;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints;

/// <summary>Puts what a request came to into the log, and waits until it is on disk: changes of items as such, traits as events.</summary>
internal sealed class CapturedChangeWriter(CatalogWriter catalog, IEventWriter events, IOptions<ChangeCaptureOptions> options)
{
    /// <summary>Bounds of one entry: the sequencer applies it in about a millisecond.</summary>
    private const int ChangesPerEntry = 1_000;

    /// <summary>Well below what the event path takes at once.</summary>
    private const int CallsPerBatch = 500;
    private const int BytesPerBatch = 1024 * 1024;

    /// <summary>
    /// Null when all is committed, else why not. Then a part may be on disk: sent again, it is known by its positions.
    /// </summary>
    public async ValueTask<Problem?> WriteAsync(Capture capture, CancellationToken cancellationToken) =>
        await WriteChangesAsync(capture.Changes, cancellationToken) ?? await WriteCallsAsync(capture, cancellationToken);

    private async ValueTask<Problem?> WriteChangesAsync(IReadOnlyList<CatalogChange> changes, CancellationToken cancellationToken)
    {
        var isFirst = true;
        foreach (var part in changes.Chunk(ChangesPerEntry))
        {
            var problem = isFirst ? await catalog.AppendAsync(part) : await catalog.AppendPatientlyAsync(part, cancellationToken);
            if (problem is not null)
            {
                return problem;
            }

            isFirst = false;
        }

        return null;
    }

    private async ValueTask<Problem?> WriteCallsAsync(Capture capture, CancellationToken cancellationToken)
    {
        var refused = new List<int>();
        for (var written = 0; written < capture.Calls.Count;)
        {
            var first = written;
            var batch = Batch(capture.Calls, ref written);
            var result = await events.WriteAsync(batch, options.Value.Source, EventOrigin.ChangeCapture, cancellationToken);
            if (result.Problem is { } problem)
            {
                return problem;
            }

            refused.AddRange(result.RefusedPlaces.Select(place => first + place));
        }

        capture.TakeBack(refused);
        return null;
    }

    /// <summary>The next calls as the body of a batch.</summary>
    private static ReadOnlyMemory<byte> Batch(IReadOnlyList<ReadOnlyMemory<byte>> calls, ref int next)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        body.Write("{\"batch\":["u8);
        for (var count = 0; next < calls.Count && count < CallsPerBatch && (count == 0 || body.WrittenCount + calls[next].Length < BytesPerBatch); count++)
        {
            if (count > 0)
            {
                body.Write(","u8);
            }

            body.Write(calls[next++].Span);
        }

        body.Write("]}"u8);
        return body.WrittenMemory;
    }
}
