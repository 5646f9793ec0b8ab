using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;

namespace Personalization.Kernel.Audit;

/// <summary>
/// Writes one request into the audit log: <c>http.put</c>, the key's name, the route's pattern, and as detail the route's values and the status.
/// The entry is on disk before the first byte of the answer leaves; if it cannot be written the answer is an error.
/// </summary>
internal sealed class AuditedRequest
{
    private const int MaxValue = 200;
    private static readonly KeySpace Space = new(0x41554449);

    private readonly HttpContext _context;
    private readonly IAuditLog _log;
    private readonly string _actor;
    private readonly string _subject;
    private readonly Dictionary<string, string> _values;
    private int _isWritten;

    private AuditedRequest(HttpContext context, ServerKey key)
    {
        _context = context;
        _log = context.RequestServices.GetRequiredService<IAuditLog>();
        _actor = key.Name;

        // Now, because the page that answers for an exception takes them away.
        var endpoint = context.GetEndpoint();
        _subject = (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint?.DisplayName ?? "unknown";
        _values = ValuesOf(context, endpoint);
    }

    /// <summary>Whether the request may change something, and nobody around this endpoint audits it already.</summary>
    public static bool IsAudited(HttpContext context)
    {
        var method = context.Request.Method;
        return !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method)
            && context.Features.Get<AuditedRequest>() is null;
    }

    public static async Task RunAsync(HttpContext context, RequestDelegate endpoint, ServerKey key)
    {
        var audited = new AuditedRequest(context, key);
        context.Features.Set(audited);
        context.Response.OnStarting(static state => ((AuditedRequest)state).WriteAsync(), audited);
        var isDone = false;
        try
        {
            await endpoint(context);
            isDone = true;
        }
        finally
        {
            // Nobody may be there to hear an answer, and then none ever starts.
            await audited.WriteAsync(isDone ? null : StatusCodes.Status500InternalServerError);
        }
    }

    private Task WriteAsync() => WriteAsync(null);

    private async Task WriteAsync(int? status)
    {
        if (Interlocked.Exchange(ref _isWritten, 1) == 0)
        {
            var detail = JsonSerializer.Serialize(new { route = _values, status = status ?? _context.Response.StatusCode });
            var action = "http." + _context.Request.Method.ToLowerInvariant();

            // Not the request's token: the action is done, whoever has gone away.
            await _log.AppendAsync(new AuditRecord(action, _actor, _subject, detail), CancellationToken.None);
        }
    }

    /// <summary>Numbers and ids of ours as they are, and what the endpoint declares to be no person's; everything else as a keyed hash.</summary>
    private static Dictionary<string, string> ValuesOf(HttpContext context, Endpoint? endpoint)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in context.Request.RouteValues)
        {
            if (value?.ToString() is { Length: > 0 } text)
            {
                values[name] = IsNobodys(name, text, endpoint) ? text[..Math.Min(text.Length, MaxValue)] : HashOf(context, text);
            }
        }

        return values;
    }

    private static bool IsNobodys(string name, string text, Endpoint? endpoint) =>
        int.TryParse(text, out _)
        || Guid.TryParse(text, out _)
        || endpoint?.Metadata.GetOrderedMetadata<PlainRouteValue>().Any(plain => plain.Name == name) == true;

    private static string HashOf(HttpContext context, string text) =>
        $"#{context.RequestServices.GetRequiredService<KeyHasher>().Hash(Space, Encoding.UTF8.GetBytes(text)):x32}";
}

/// <summary>Metadata: this value of the route names a thing, never a person, and stands in the audit log as it is.</summary>
internal sealed record PlainRouteValue(string Name);
