using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Features.Pipeline.Parity;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Parity;

/// <summary><c>/v1/features/verify</c>: is what we know what the log says? Server key required.</summary>
internal static class ParityEndpoints
{
    public static readonly Problem Running = new("features/verify-running", "A comparison with the log runs already", StatusCodes.Status409Conflict);
    public static readonly Problem NoRun = new("features/no-verify", "There was no comparison with the log since the start", StatusCodes.Status404NotFound);
    public static readonly Problem NotRunning = new("features/verify-not-running", "No comparison with the log runs", StatusCodes.Status409Conflict);
    public static readonly Problem Invalid = new("features/invalid-verify", "What is to be compared has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem TooLarge = new("features/verify-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    private const string Route = "/v1/features/verify";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(Route, BeginAsync).RequireServerKey().WithName("BeginVerify");
        endpoints.MapGet(Route, Find).RequireServerKey().WithName("GetVerify");
        endpoints.MapDelete(Route, Cancel).RequireServerKey().WithName("CancelVerify");
    }

    /// <summary>202 with the run, which is asked for by GET; 400 with everything that is wrong, 413; 409 when one runs.</summary>
    internal static async Task<IResult> BeginAsync(ParityService service, HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, ParityBody.MaxBytes, context.RequestAborted);
        if (status == BodyStatus.TooLarge)
        {
            return TooLarge.ToResult();
        }

        var faults = new List<string>();
        var sample = status == BodyStatus.Read ? ParityBody.Read(body.WrittenMemory, faults) : null;
        if (status != BodyStatus.Read || faults.Count > 0)
        {
            return Invalid.ToResult(faults.Count > 0 ? string.Join(' ', faults) : null);
        }

        if (service.TryBegin(sample) is not { } begun)
        {
            return Running.ToResult();
        }

        context.Response.Headers.Location = Route;
        return TypedResults.Json(begun, Form, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>200: how far it is, or its report; 404.</summary>
    internal static IResult Find(ParityService service) => service.Last is { } last ? TypedResults.Json(last, Form) : NoRun.ToResult();

    /// <summary>202: it ends soon; 409 when none runs.</summary>
    internal static IResult Cancel(ParityService service) => service.Cancel() ? TypedResults.Accepted(Route) : NotRunning.ToResult();
}
