namespace Personalization.Consent.Storage;

/// <summary>Reads what somebody else wrote, to its end or to a bound.</summary>
internal static class BoundedContent
{
    private const int Chunk = 64 * 1024;

    /// <summary>All of it, or null as soon as there is more than <paramref name="maxBytes"/>: a source that never ends costs no more.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var chunk = new byte[Chunk];
        while (await stream.ReadAsync(chunk, cancellationToken) is var read and > 0)
        {
            if (content.Length + read > maxBytes)
            {
                return null;
            }

            content.Write(chunk, 0, read);
        }

        return content.ToArray();
    }
}
