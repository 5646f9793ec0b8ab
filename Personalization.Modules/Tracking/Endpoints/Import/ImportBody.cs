using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>The decoded body of an import as a stream, of any length.</summary>
internal static class ImportBody
{
    /// <summary>Null for an encoding that nobody knows. Without one the first two bytes of gzip tell.</summary>
    public static async ValueTask<Stream?> OpenAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        var encoding = BodyEncodings.Of(context.Request.Headers.ContentEncoding);
        if (encoding == BodyEncoding.Identity && await IsGzipAsync(context.Request.BodyReader, cancellationToken))
        {
            encoding = BodyEncoding.Gzip;
        }

        var body = context.Request.BodyReader.AsStream();
        return encoding switch
        {
            BodyEncoding.Identity => body,
            BodyEncoding.Gzip => WholeStream.Of(body, source => new GZipStream(source, CompressionMode.Decompress), isGzip: true),
            BodyEncoding.Deflate => WholeStream.Of(body, source => new ZLibStream(source, CompressionMode.Decompress), isGzip: false),
            BodyEncoding.Brotli => WholeStream.Of(body, source => new BrotliStream(source, CompressionMode.Decompress), isGzip: false),
            _ => null,
        };
    }

    private static async ValueTask<bool> IsGzipAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        var read = await reader.ReadAtLeastAsync(2, cancellationToken);
        var isGzip = Sniff(read);
        reader.AdvanceTo(read.Buffer.Start);
        return isGzip;
    }

    private static bool Sniff(in ReadResult read)
    {
        var bytes = new System.Buffers.SequenceReader<byte>(read.Buffer);
        return bytes.IsNext([0x1F, 0x8B]);
    }
}
