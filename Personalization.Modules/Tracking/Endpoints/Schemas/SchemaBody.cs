using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Domain.Schemas;

namespace Personalization.Tracking.Endpoints.Schemas;

/// <summary>Bodies of the registry's endpoints: small, and read whole.</summary>
internal static class SchemaBody
{
    public const int MaxModeBytes = 1_024;

    public static async Task<(byte[] Bytes, Problem? Problem)> ReadAsync(HttpRequest request, int maxBytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        return await RequestBody.ReadAsync(request, buffer, maxBytes, request.HttpContext.RequestAborted) switch
        {
            BodyStatus.Read => (WithoutMark(buffer.WrittenSpan), null),
            BodyStatus.TooLarge => ([], SchemaProblems.BodyTooLarge),
            _ => ([], SchemaProblems.UnreadableBody),
        };
    }

    /// <summary>The text at <c>mode</c>; null when the body has none.</summary>
    public static string? ModeOf(byte[] body)
    {
        try
        {
            var root = BodyJson.Parse(body);
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("mode", out var mode) && mode.ValueKind == JsonValueKind.String
                ? mode.GetString()
                : null;
        }
        catch (JsonException)
        {
            // Refused by the caller, like any other body without a mode.
            return null;
        }
    }

    /// <summary>Why a body cannot be validated at all; null when it can.</summary>
    public static string? FaultOf(byte[] body)
    {
        if (!Utf8.IsValid(body))
        {
            return "It is not UTF-8.";
        }

        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = SchemaLimits.InstanceDepth });
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException error)
        {
            return error.Message;
        }
    }

    private static byte[] WithoutMark(ReadOnlySpan<byte> body) => (body.StartsWith("\uFEFF"u8) ? body[3..] : body).ToArray();
}
