using System.IO.Compression;

namespace Personalization.Tests.Conformance;

/// <summary>Spoils recorded requests, the same way for the same seed.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly string[] Encodings = ["gzip", "deflate", "br", "identity", "zstd", "gzip, gzip", "", "\u00ff"];
    private static readonly string[] Origins = ["null", "*", "https://x", "\u00e4", "https://x, https://y", "javascript:1", ""];
    private static readonly string[] Names =
        ["Content-Encoding", "Origin", "Authorization", "X-Write-Key", "Cookie", "SP-Anonymous", "Access-Control-Request-Headers", "Content-Type", "Host"];

    private readonly Random _random = new(seed);

    public RecordedRequest Spoil(IReadOnlyList<RecordedRequest> recorded)
    {
        var request = recorded[_random.Next(recorded.Count)];
        for (var times = _random.Next(1, 4); times > 0; times--)
        {
            request = _random.Next(9) switch
            {
                0 => request with { Body = Flipped(request.Body) },
                1 => request with { Body = request.Body[.._random.Next(request.Body.Length + 1)] },
                2 => request with { Body = Spliced(request.Body, recorded[_random.Next(recorded.Count)].Body) },
                3 => request with { Body = Compressed(request.Body) },
                4 => With(request, "Content-Encoding", Encodings[_random.Next(Encodings.Length)]),
                5 => With(request, "Origin", Origins[_random.Next(Origins.Length)]),
                6 => WithForeignHeader(request, recorded[_random.Next(recorded.Count)]),
                7 => request with { Url = Spoiled(request.Url) },
                _ => request with { Url = recorded[_random.Next(recorded.Count)].Url, Method = _random.Next(4) == 0 ? "GET" : request.Method },
            };
        }

        // Usually the length is true; a wrong one is an attack of its own.
        var length = _random.Next(50) == 0 ? request.Body.Length + _random.Next(-20, 20) : request.Body.Length;
        return With(With(request, "Content-Length", Math.Max(0, length).ToString()), "Connection", "close");
    }

    private byte[] Flipped(byte[] body)
    {
        var flipped = (byte[])body.Clone();
        for (var times = _random.Next(1, 9); times > 0 && flipped.Length > 0; times--)
        {
            flipped[_random.Next(flipped.Length)] ^= (byte)(1 << _random.Next(8));
        }

        return flipped;
    }

    /// <summary>The beginning of one body and the end of another, or a piece of itself once more.</summary>
    private byte[] Spliced(byte[] first, byte[] second) =>
        [.. first.AsSpan(0, _random.Next(first.Length + 1)), .. second.AsSpan(_random.Next(second.Length + 1))];

    private byte[] Compressed(byte[] body)
    {
        var zipped = new MemoryStream();
        using (Stream zip = _random.Next(3) switch
        {
            0 => new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true),
            1 => new ZLibStream(zipped, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(zipped, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            zip.Write(body);
        }

        return zipped.ToArray();
    }

    private RecordedRequest WithForeignHeader(RecordedRequest request, RecordedRequest other)
    {
        var name = Names[_random.Next(Names.Length)];
        return other.Header(name) is { } value ? With(request, name, value) : request;
    }

    private string Spoiled(string url)
    {
        var characters = url.ToCharArray();
        var at = _random.Next(1, characters.Length);
        characters[at] = "%&=?/.+{}[]0aZ\u0001"[_random.Next(15)];
        return new string(characters);
    }

    private static RecordedRequest With(RecordedRequest request, string name, string value) => request with
    {
        Headers = [.. request.Headers.Where(header => !header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)), (name, value)],
    };
}
