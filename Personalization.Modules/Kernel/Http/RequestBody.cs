using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Personalization.Kernel.Http;

/// <summary>
/// Reads a request's body, decompressed, into the caller's buffer. Clients compress with and without saying so: without a
/// <c>Content-Encoding</c>, the two first bytes of gzip tell, which no JSON starts with.
/// </summary>
internal static class RequestBody
{
    private const int FirstChunk = 4096;

    /// <summary>What is read of a body that says of itself that it is too large.</summary>
    private const int BeginningBytes = 64 * 1024;

    /// <summary>
    /// Appends the body to <paramref name="target"/>. Does not allocate when the body is plain and already here. After any
    /// answer but <see cref="BodyStatus.Read"/> the target holds at most a beginning, for whoever wants to see what it was.
    /// </summary>
    /// <param name="request">Not read yet.</param>
    /// <param name="target">Grows as needed, up to about twice <paramref name="maxBytes"/>.</param>
    /// <param name="maxBytes">Bytes allowed, decoded, and on the wire too.</param>
    /// <param name="cancellationToken">Ends the reading as if the client had gone.</param>
    public static ValueTask<BodyStatus> ReadAsync(
        HttpRequest request, IBufferWriter<byte> target, int maxBytes, CancellationToken cancellationToken)
    {
        // The bound of this endpoint counts, not the server's for all endpoints, which may be lower.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature &&
            feature.MaxRequestBodySize < maxBytes)
        {
            feature.MaxRequestBodySize = maxBytes;
        }

        var bodyEncoding = BodyEncodings.Of(request.Headers.ContentEncoding);
        if (request.ContentLength > maxBytes)
        {
            return bodyEncoding == BodyEncoding.Unknown ? new(BodyStatus.TooLarge) : ReadBeginningAsync(request, bodyEncoding, target, cancellationToken);
        }

        return bodyEncoding switch
        {
            BodyEncoding.Unknown => new(BodyStatus.UnknownEncoding),
            BodyEncoding.Identity => ReadPlainAsync(request, target, maxBytes, cancellationToken),
            var encoding => ReadEncodedAsync(request, encoding, target, maxBytes, cancellationToken),
        };
    }

    /// <summary>Always too large. What cannot be read of it does not matter any more.</summary>
    private static async ValueTask<BodyStatus> ReadBeginningAsync(
        HttpRequest request, BodyEncoding encoding, IBufferWriter<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            var read = await request.BodyReader.ReadAtLeastAsync(BeginningBytes, cancellationToken);
            var beginning = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, BeginningBytes));
            if (encoding == BodyEncoding.Identity)
            {
                Copy(beginning, target);
            }
            else
            {
                _ = BodyDecoder.Decode(encoding, beginning.ToArray(), target, BeginningBytes);
            }

            request.BodyReader.AdvanceTo(read.Buffer.End);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The server's own bound is lower still and it reads nothing, or the client has gone.
        }

        return BodyStatus.TooLarge;
    }

    private static async ValueTask<BodyStatus> ReadPlainAsync(
        HttpRequest request, IBufferWriter<byte> target, int maxBytes, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        var total = 0L;
        if (request.ContentLength is { } length)
        {
            target.GetSpan((int)length);
        }

        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var start = total == 0 ? Sniff(read) : Start.Plain;
                if (start == Start.Gzip)
                {
                    reader.AdvanceTo(read.Buffer.Start);
                    return await ReadEncodedAsync(request, BodyEncoding.Gzip, target, maxBytes, cancellationToken);
                }

                if (start == Start.TooShort)
                {
                    reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                total += read.Buffer.Length;
                if (total > maxBytes)
                {
                    Copy(read.Buffer.Slice(0, Math.Min(read.Buffer.Length, BeginningBytes)), target);
                    reader.AdvanceTo(read.Buffer.End);
                    return BodyStatus.TooLarge;
                }

                Copy(read.Buffer, target);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return BodyStatus.Read;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return StatusOf(error);
        }
    }

    private static async ValueTask<BodyStatus> ReadEncodedAsync(
        HttpRequest request, BodyEncoding encoding, IBufferWriter<byte> target, int maxBytes, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        var encoded = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? FirstChunk));
        var total = 0;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                if (total + read.Buffer.Length > maxBytes)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    _ = BodyDecoder.Decode(encoding, new ArraySegment<byte>(encoded, 0, total), target, BeginningBytes);
                    return BodyStatus.TooLarge;
                }

                encoded = Grow(encoded, total, total + (int)read.Buffer.Length);
                read.Buffer.CopyTo(encoded.AsSpan(total));
                total += (int)read.Buffer.Length;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return BodyDecoder.Decode(encoding, new ArraySegment<byte>(encoded, 0, total), target, maxBytes);
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return StatusOf(error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    private static Start Sniff(ReadResult read)
    {
        Span<byte> magic = stackalloc byte[2];
        if (read.Buffer.Length < 2)
        {
            return read.IsCompleted ? Start.Plain : Start.TooShort;
        }

        read.Buffer.Slice(0, 2).CopyTo(magic);
        return magic is [0x1F, 0x8B] ? Start.Gzip : Start.Plain;
    }

    private static void Copy(ReadOnlySequence<byte> source, IBufferWriter<byte> target)
    {
        foreach (var piece in source)
        {
            target.Write(piece.Span);
        }
    }

    private static byte[] Grow(byte[] buffer, int used, int needed)
    {
        if (needed <= buffer.Length)
        {
            return buffer;
        }

        var grown = ArrayPool<byte>.Shared.Rent(needed);
        buffer.AsSpan(0, used).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(buffer);
        return grown;
    }

    /// <summary>What the server itself refuses: a body beyond its bound, one that comes too slowly, or one that ends before its length. Else the connection broke.</summary>
    private static BodyStatus StatusOf(Exception error) => error switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyStatus.TooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => BodyStatus.TooSlow,
        BadHttpRequestException => BodyStatus.Damaged,
        _ => BodyStatus.ClientGone,
    };

    private enum Start
    {
        Plain,
        Gzip,
        TooShort,
    }
}
