using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Personalization.Consent.Domain.Rights;

/// <summary>
/// The file format of an export: a magic, then pieces of up to 64 KiB, each a length, the AES-256-GCM ciphertext and its tag. A
/// piece's number is its nonce, which is safe because every file has a key of its own; whether it is the last one is authenticated with
/// it, so that a file that was cut short does not pass for a whole one.
/// </summary>
internal static class ExportCipher
{
    public const int KeyBytes = 32;
    private const int PieceBytes = 64 * 1024;
    private const int TagBytes = 16;
    private const int NonceBytes = 12;
    private const int HeaderBytes = sizeof(int);

    private static ReadOnlySpan<byte> Magic => "PXEXPORT1"u8;

    /// <summary>A stream that encrypts what is written to it; disposing of it writes the last piece and leaves the target open.</summary>
    public static Stream Encrypt(Stream target, byte[] key) => new Encryptor(target, key);

    /// <summary>Decrypts piece by piece. Throws before it yields anything when the key is wrong.</summary>
    /// <exception cref="CryptographicException">The key is wrong, or the file was changed or cut short.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> DecryptAsync(
        Stream source, byte[] key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var aes = new AesGcm(key, TagBytes);
        var magic = new byte[Magic.Length];
        await ReadAsync(source, magic, cancellationToken);
        if (!magic.AsSpan().SequenceEqual(Magic))
        {
            throw new CryptographicException("This is no export.");
        }

        var header = new byte[HeaderBytes];
        var box = new byte[PieceBytes + TagBytes];
        var open = new byte[PieceBytes];
        for (ulong number = 0; ; number++)
        {
            await ReadAsync(source, header, cancellationToken);
            var marked = BinaryPrimitives.ReadUInt32LittleEndian(header);
            var isLast = (marked & 0x8000_0000) != 0;
            var length = (int)(marked & 0x7FFF_FFFF);
            if (length > PieceBytes)
            {
                throw new CryptographicException("A piece of the export is too long.");
            }

            await ReadAsync(source, box.AsMemory(0, length + TagBytes), cancellationToken);
            aes.Decrypt(NonceOf(number), box.AsSpan(0, length), box.AsSpan(length, TagBytes), open.AsSpan(0, length), header);
            yield return open.AsMemory(0, length);
            if (isLast)
            {
                yield break;
            }
        }
    }

    private static async ValueTask ReadAsync(Stream source, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (await source.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellationToken) < target.Length)
        {
            throw new CryptographicException("The export ends too early.");
        }
    }

    private static byte[] NonceOf(ulong number)
    {
        var nonce = new byte[NonceBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, number);
        return nonce;
    }

    private sealed class Encryptor : Stream
    {
        private readonly Stream _target;
        private readonly AesGcm _aes;
        private readonly byte[] _piece = new byte[PieceBytes];
        private readonly byte[] _box = new byte[HeaderBytes + PieceBytes + TagBytes];
        private int _used;
        private ulong _number;
        private bool _isClosed;

        public Encryptor(Stream target, byte[] key)
        {
            _target = target;
            _aes = new AesGcm(key, TagBytes);
            target.Write(Magic);
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                if (_used == PieceBytes)
                {
                    WritePiece(isLast: false);
                }

                var count = Math.Min(buffer.Length, PieceBytes - _used);
                buffer[..count].CopyTo(_piece.AsSpan(_used));
                _used += count;
                buffer = buffer[count..];
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }

        /// <summary>Pieces are whole: what does not fill one waits.</summary>
        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isClosed)
            {
                _isClosed = true;
                WritePiece(isLast: true);
                _aes.Dispose();
                CryptographicOperations.ZeroMemory(_piece);
            }

            base.Dispose(disposing);
        }

        private void WritePiece(bool isLast)
        {
            var header = _box.AsSpan(0, HeaderBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)_used | (isLast ? 0x8000_0000 : 0));
            _aes.Encrypt(
                NonceOf(_number++), _piece.AsSpan(0, _used), _box.AsSpan(HeaderBytes, _used), _box.AsSpan(HeaderBytes + _used, TagBytes), header);
            _target.Write(_box.AsSpan(0, HeaderBytes + _used + TagBytes));
            _used = 0;
        }
    }
}
