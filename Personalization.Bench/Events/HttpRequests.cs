using System.Text;

namespace Personalization.Bench.Events;

/// <summary>Request bytes as they go over the wire. Every request carries the bench's write key, as the browser clients send it.</summary>
internal static class HttpRequests
{
    public const string WriteKey = "bench-key";
    public const string ServerKey = "bench-server-key";

    private static readonly string Common = Headers(WriteKey);

    public static byte[] Post(string path, ReadOnlySpan<byte> body, string writeKey = WriteKey)
    {
        var head = $"POST {path} HTTP/1.1\r\n{Headers(writeKey)}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static string Headers(string writeKey) =>
        $"Host: 127.0.0.1\r\nAuthorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(writeKey + ":"))}\r\n";

    public static byte[] Get(string pathAndQuery) => Encoding.ASCII.GetBytes($"GET {pathAndQuery} HTTP/1.1\r\n{Common}\r\n");
}
