using System.Buffers.Binary;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>
/// A decompressed stream that says so when its compressed data end too early: the framework takes the end of the data for the end
/// of the stream, wherever it comes. A deflate or Brotli stream that is whole does not ask for more. A gzip one does, in case another
/// follows, but its last four bytes are its length (RFC 1952, ISIZE), unless several were put one behind the other.
/// </summary>
internal sealed class WholeStream : Stream
{
    private readonly Stream _decoder;
    private readonly Observer _source;
    private readonly bool _isGzip;
    private uint _total;

    private WholeStream(Stream decoder, Observer source, bool isGzip)
    {
        _decoder = decoder;
        _source = source;
        _isGzip = isGzip;
    }

    public static WholeStream Of(Stream body, Func<Stream, Stream> decode, bool isGzip)
    {
        var source = new Observer(body);
        return new WholeStream(decode(source), source, isGzip);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">The data are damaged, or end before their end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _decoder.ReadAsync(buffer, cancellationToken);
        _total += (uint)read;
        if (read == 0 && !(_isGzip ? _source.IsWholeGzip(_total) : !_source.WasReadBeyondEnd))
        {
            throw new InvalidDataException("The compressed body ends too early.");
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Watches the compressed bytes go by.</summary>
    private sealed class Observer(Stream body) : Stream
    {
        private const int HeaderBytes = 10;
        private readonly byte[] _last = new byte[HeaderBytes];
        private long _bytes;
        private bool _hasSecondMember;

        public bool WasReadBeyondEnd { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public bool IsWholeGzip(uint total) =>
            _bytes >= 18 && (_hasSecondMember || BinaryPrimitives.ReadUInt32LittleEndian(_last.AsSpan(HeaderBytes - 4)) == total);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await body.ReadAsync(buffer, cancellationToken);
            Observe(buffer.Span[..read]);
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private void Observe(ReadOnlySpan<byte> read)
        {
            WasReadBeyondEnd |= read.IsEmpty;
            Span<byte> seam = stackalloc byte[2 * HeaderBytes];
            _last.CopyTo(seam);
            var head = read[..Math.Min(read.Length, HeaderBytes)];
            head.CopyTo(seam[HeaderBytes..]);
            FindMembers(seam[..(HeaderBytes + head.Length)], _bytes - HeaderBytes);
            FindMembers(read, _bytes);
            _bytes += read.Length;
            var kept = read.Length >= HeaderBytes ? read[^HeaderBytes..] : seam.Slice(head.Length, HeaderBytes);
            kept.CopyTo(_last);
        }

        /// <summary>A header of gzip behind the first: its magic, deflate, flags and system as programs write them; chance would not.</summary>
        private void FindMembers(ReadOnlySpan<byte> bytes, long position)
        {
            ReadOnlySpan<byte> magic = [0x1F, 0x8B, 8];
            for (var at = 0; !_hasSecondMember && bytes[at..].IndexOf(magic) is var next and >= 0; at += next + 1)
            {
                var header = bytes[(at + next)..];
                _hasSecondMember = position + at + next > 0 && header.Length >= HeaderBytes &&
                    (header[3] & 0xE0) == 0 && header[8] is 0 or 2 or 4 && header[9] is <= 13 or 255;
            }
        }
    }
}
