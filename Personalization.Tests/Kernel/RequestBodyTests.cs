using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NUnit.Framework;
using Personalization.Kernel.Http;

namespace Personalization.Tests.Kernel;

internal sealed class RequestBodyTests
{
    private const int MaxBytes = 100_000;

    private static readonly byte[] Json = Encoding.UTF8.GetBytes("{\"text\":\"" + new string('ü', 20_000) + "\"}");

    [Test]
    public async Task A_plain_body_is_read_with_and_without_its_length([Values] bool hasLength, [Values(1, 7, 100_000)] int chunk)
    {
        var (status, read) = await ReadAsync(Json, hasLength: hasLength, chunk: chunk);

        Assert.That((status, read.AsSpan().SequenceEqual(Json)), Is.EqualTo((BodyStatus.Read, true)));
    }

    [Test]
    public async Task A_compressed_body_is_read_decompressed(
        [Values("gzip", "GZIP", "x-gzip", "deflate", "deflate-raw", "br", "sniffed", "identity+gzip")] string encoding, [Values(1, 100_000)] int chunk)
    {
        var header = encoding switch
        {
            "sniffed" => null,
            "identity+gzip" => "identity",
            "deflate-raw" => "deflate",
            _ => encoding,
        };

        var (status, read) = await ReadAsync(Compress(encoding, Json), header, chunk: chunk);

        Assert.That((status, read.AsSpan().SequenceEqual(Json)), Is.EqualTo((BodyStatus.Read, true)));
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("deflate-raw")]
    [TestCase("br")]
    [TestCase("sniffed")]
    public async Task A_bomb_is_refused_as_soon_as_it_passes_the_bound(string encoding)
    {
        var bomb = Compress(encoding, new byte[50_000_000]);
        Assert.That(bomb, Has.Length.LessThan(MaxBytes));
        var target = new ArrayBufferWriter<byte>();

        var status = await ReadAsync(bomb, Header(encoding), target);

        Assert.That((status, target.WrittenCount), Is.EqualTo((BodyStatus.TooLarge, MaxBytes + 1)));
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("deflate-raw")]
    [TestCase("br")]
    [TestCase("sniffed")]
    public async Task A_compressed_body_that_ends_early_is_damaged(string encoding)
    {
        var whole = Compress(encoding, Json);
        for (var length = encoding == "sniffed" ? 2 : 1; length < whole.Length; length++)
        {
            var (status, _) = await ReadAsync(whole[..length], Header(encoding));
            Assert.That(status, Is.EqualTo(BodyStatus.Damaged), $"cut at {length} of {whole.Length}");
        }
    }

    [Test]
    public async Task Several_gzip_members_in_a_row_are_one_body([Values("gzip", "sniffed")] string encoding, [Values(2, 50)] int count)
    {
        var members = Enumerable.Range(0, count).Select(i => Compress("gzip", [.. Json.AsSpan(0, 1_000), (byte)i])).ToList();

        var (status, read) = await ReadAsync([.. members.SelectMany(member => member)], Header(encoding));

        Assert.That(status, Is.EqualTo(BodyStatus.Read));
        Assert.That(read, Is.EqualTo(Enumerable.Range(0, count).SelectMany(i => Json.Take(1_000).Append((byte)i)).ToArray()));
    }

    [Test]
    public async Task Several_gzip_members_of_which_the_last_ends_early_or_is_followed_by_something_else_are_damaged()
    {
        var first = Compress("gzip", [.. Json.AsSpan(0, 1_000), 1]);
        byte[] whole = [.. first, .. Compress("gzip", [.. Json.AsSpan(0, 1_000), 2])];
        for (var length = first.Length + 1; length < whole.Length; length++)
        {
            var (status, _) = await ReadAsync(whole[..length], "gzip");
            Assert.That(status, Is.EqualTo(BodyStatus.Damaged), $"cut at {length} of {whole.Length}");
        }

        Assert.That((await ReadAsync([.. whole, 1, 2, 3], "gzip")).Status, Is.EqualTo(BodyStatus.Damaged));
    }

    [Test]
    public async Task Many_gzip_members_that_would_be_large_together_are_too_large()
    {
        var member = Compress("gzip", new byte[MaxBytes / 4]);

        var (status, _) = await ReadAsync([.. Enumerable.Repeat(member, 5).SelectMany(one => one)], "gzip");

        Assert.That(status, Is.EqualTo(BodyStatus.TooLarge));
    }

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    public async Task What_is_not_compressed_as_it_says_is_damaged(string encoding)
    {
        var (status, _) = await ReadAsync(Json, encoding);

        Assert.That(status, Is.EqualTo(BodyStatus.Damaged));
    }

    [TestCase("zstd")]
    [TestCase("compress")]
    [TestCase("gzip, gzip")]
    public async Task Another_encoding_is_unknown(string encoding)
    {
        var (status, _) = await ReadAsync(Json, encoding);

        Assert.That(status, Is.EqualTo(BodyStatus.UnknownEncoding));
    }

    [Test]
    public async Task The_bound_itself_still_fits_and_one_byte_more_does_not([Values] bool hasLength, [Values(null, "gzip")] string? encoding)
    {
        // Random digits don't compress, so that the bound on the wire is passed as well.
        var body = new byte[MaxBytes + 1];
        new Random(1).NextBytes(body);
        body[0] = (byte)'{';
        var fits = encoding is null ? body[1..] : Compress(encoding, new byte[MaxBytes]);
        fits[0] = encoding is null ? (byte)'{' : fits[0];
        var tooLarge = encoding is null ? body : Compress(encoding, body);

        var first = (await ReadAsync(fits, encoding, hasLength: hasLength)).Status;
        var second = (await ReadAsync(tooLarge, encoding, hasLength: hasLength)).Status;

        Assert.That((first, second), Is.EqualTo((BodyStatus.Read, BodyStatus.TooLarge)));
    }

    [TestCase(new byte[0])]
    [TestCase(new byte[] { 0x1F })]
    [TestCase(new byte[] { (byte)'{' })]
    public async Task A_very_short_body_is_read_as_it_is(byte[] body)
    {
        var (status, read) = await ReadAsync(body, chunk: 1);

        Assert.That((status, read.AsSpan().SequenceEqual(body)), Is.EqualTo((BodyStatus.Read, true)));
    }

    [Test]
    public async Task A_client_that_goes_away_is_an_answer_not_an_exception()
    {
        var request = new DefaultHttpContext().Request;
        request.ContentLength = 10;
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Json.AsMemory(0, 5));
        await pipe.Writer.CompleteAsync(new IOException("reset by peer"));
        request.HttpContext.Features.Set<IRequestBodyPipeFeature>(new BodyPipe(pipe.Reader));

        var status = await RequestBody.ReadAsync(request, new ArrayBufferWriter<byte>(), MaxBytes, CancellationToken.None);

        Assert.That(status, Is.EqualTo(BodyStatus.ClientGone));
    }

    [TestCase(413, BodyStatus.TooLarge)]
    [TestCase(408, BodyStatus.TooSlow)]
    [TestCase(400, BodyStatus.Damaged)]
    public async Task What_the_server_refuses_is_answered_as_such(int serverStatus, object status)
    {
        var request = new DefaultHttpContext().Request;
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync(new BadHttpRequestException("no", serverStatus));
        request.HttpContext.Features.Set<IRequestBodyPipeFeature>(new BodyPipe(pipe.Reader));

        var answer = await RequestBody.ReadAsync(request, new ArrayBufferWriter<byte>(), MaxBytes, CancellationToken.None);

        Assert.That(answer, Is.EqualTo(status));
    }

    [Test]
    public async Task The_servers_own_lower_bound_is_raised_to_this_one()
    {
        var context = new DefaultHttpContext();
        var bound = new BodySizeBound { MaxRequestBodySize = 10 };
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(bound);

        await RequestBody.ReadAsync(context.Request, new ArrayBufferWriter<byte>(), MaxBytes, CancellationToken.None);

        Assert.That(bound.MaxRequestBodySize, Is.EqualTo(MaxBytes));
    }

    private static async Task<(BodyStatus Status, byte[] Read)> ReadAsync(
        byte[] body, string? encoding = null, bool hasLength = true, int chunk = 100_000)
    {
        var target = new ArrayBufferWriter<byte>();
        var status = await ReadAsync(body, encoding, target, hasLength, chunk);
        return (status, target.WrittenSpan.ToArray());
    }

    private static async Task<BodyStatus> ReadAsync(
        byte[] body, string? encoding, ArrayBufferWriter<byte> target, bool hasLength = true, int chunk = 100_000)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentLength = hasLength ? body.Length : null;
        request.Headers.ContentEncoding = encoding;
        request.Body = new ChunkedStream(body, chunk);
        return await RequestBody.ReadAsync(request, target, MaxBytes, CancellationToken.None);
    }

    private static string? Header(string encoding) => encoding switch
    {
        "sniffed" => null,
        "deflate-raw" => "deflate",
        _ => encoding,
    };

    private static byte[] Compress(string encoding, byte[] body)
    {
        var target = new MemoryStream();
        using (Stream compressor = encoding switch
        {
            "deflate" => new ZLibStream(target, CompressionLevel.Optimal),
            "deflate-raw" => new DeflateStream(target, CompressionLevel.Optimal),
            "br" => new BrotliStream(target, CompressionLevel.Optimal),
            _ => new GZipStream(target, CompressionLevel.Optimal),
        })
        {
            compressor.Write(body);
        }

        return target.ToArray();
    }

    private sealed record BodyPipe(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class BodySizeBound : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }

    /// <summary>Gives a few bytes at a time, as a slow connection does.</summary>
    private sealed class ChunkedStream(byte[] content, int chunk) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
