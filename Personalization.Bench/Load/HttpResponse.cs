using System.Buffers.Text;

namespace Personalization.Bench.Load;

/// <summary>What a load generator needs of an answer: its status and where it ends.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="HeadLength">Bytes up to and with the empty line.</param>
/// <param name="Length">Bytes of the whole answer on the wire.</param>
/// <param name="BodyLength">Bytes of the body without chunk marks.</param>
/// <param name="Closes">The next request has to go over another connection.</param>
internal readonly record struct HttpResponse(int Status, int HeadLength, int Length, int BodyLength, bool Closes = false)
{
    public bool IsOk => Status == 200;

    /// <summary>False while the answer is not complete.</summary>
    /// <exception cref="InvalidDataException">Not an answer that this reader knows.</exception>
    public static bool TryRead(ReadOnlySpan<byte> received, out HttpResponse response)
    {
        response = default;
        var headLength = received.IndexOf("\r\n\r\n"u8) + 4;
        if (headLength < 4)
        {
            return false;
        }

        if (!Utf8Parser.TryParse(received[9..12], out int status, out _))
        {
            throw new InvalidDataException("The answer does not start with a status line.");
        }

        var head = received[..headLength];
        if (head.IndexOf("\r\nContent-Length: "u8) is var at and >= 0)
        {
            response = Utf8Parser.TryParse(head[(at + 18)..], out int bodyLength, out _)
                ? new HttpResponse(status, headLength, headLength + bodyLength, bodyLength, head.IndexOf("\r\nConnection: close"u8) >= 0)
                : throw new InvalidDataException("Content-Length is not a number.");
            return received.Length >= response.Length;
        }

        if (head.IndexOf("\r\nTransfer-Encoding: chunked"u8) < 0)
        {
            throw new InvalidDataException("The answer has neither Content-Length nor chunks.");
        }

        return TryReadChunks(received, status, headLength, ref response);
    }

    private static bool TryReadChunks(ReadOnlySpan<byte> received, int status, int headLength, ref HttpResponse response)
    {
        var position = headLength;
        var bodyLength = 0;
        while (true)
        {
            var lineLength = received[position..].IndexOf("\r\n"u8);
            if (lineLength < 0)
            {
                return false;
            }

            if (!Utf8Parser.TryParse(received.Slice(position, lineLength), out int size, out _, 'x'))
            {
                throw new InvalidDataException("A chunk does not start with its size.");
            }

            position += lineLength + 2 + size + 2;
            bodyLength += size;
            if (position > received.Length)
            {
                return false;
            }

            if (size == 0)
            {
                response = new HttpResponse(status, headLength, position, bodyLength);
                return true;
            }
        }
    }
}
