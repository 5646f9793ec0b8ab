using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary>Bodies of governance: small, read whole, and nothing in them may be misspelt.</summary>
internal static class GovernanceBody
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <returns>The body, or the answer that refuses it.</returns>
    public static async Task<(T? Value, IResult? Refusal)> ReadAsync<T>(HttpContext context, int maxBytes)
        where T : class
    {
        var buffer = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, buffer, maxBytes, context.RequestAborted);
        if (status == BodyStatus.TooLarge)
        {
            return (null, GovernanceProblems.BodyTooLarge.ToResult($"At most {maxBytes} bytes."));
        }

        if (status != BodyStatus.Read)
        {
            return (null, GovernanceProblems.InvalidBody.ToResult("It cannot be read."));
        }

        var faults = new List<BodyFault>();
        return BodyShape.Read(buffer.WrittenSpan, (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T)), faults) is { } value
            ? (value, null)
            : (null, GovernanceProblems.InvalidBody.ToResult(faults));
    }
}
