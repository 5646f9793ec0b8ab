using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Documents;

/// <summary>
/// Documents of one kind over HTTP: <c>PUT /{id}</c> makes a draft, <c>POST /{id}/activate</c> publishes a version or goes back to one,
/// <c>POST /{id}/deactivate</c> takes it out of use, <c>DELETE /{id}</c> unlists it. Server key required.
/// </summary>
/// <typeparam name="T">A compiled document.</typeparam>
internal sealed class DocumentEndpoints<T>(DocumentBook<T> book)
    where T : class
{
    private const int MaxIdLength = 64;
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxActivationBytes = 1024;

    private readonly Problem _invalid = new($"decisioning/invalid-{book.Kind}", $"Something in the {book.Kind} is wrong", StatusCodes.Status422UnprocessableEntity);
    private readonly Problem _badId = new($"decisioning/bad-{book.Kind}-id", $"A {book.Kind} is named by 1 to {MaxIdLength} of a-z, 0-9, '-' and '_'", StatusCodes.Status400BadRequest);
    private readonly Problem _unknown = new($"decisioning/unknown-{book.Kind}", $"There is no such {book.Kind} or version", StatusCodes.Status404NotFound);
    private readonly Problem _tooMany = new($"decisioning/too-many-{book.Kind}s", $"There are too many {book.Kind}s", StatusCodes.Status409Conflict);
    private readonly Problem _outdated = new($"decisioning/{book.Kind}-changed", $"The {book.Kind} was changed meanwhile", StatusCodes.Status412PreconditionFailed);
    private readonly Problem _badPrecondition = new("decisioning/bad-if-match", "If-Match must be the ETag of a version", StatusCodes.Status400BadRequest);
    private readonly Problem _unreadable = new("decisioning/unreadable-body", "The body cannot be read", StatusCodes.Status400BadRequest);
    private readonly Problem _tooLarge = new("decisioning/body-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);

    public RouteGroupBuilder Map(IEndpointRouteBuilder endpoints, string route, string name)
    {
        var group = endpoints.MapGroup(route).RequireServerKey().AuditsPlainly("id");
        group.MapGet("", () => TypedResults.Ok(book.List())).WithName($"List{name}s");
        group.MapGet("{id}", Get).WithName($"Get{name}");
        group.MapGet("{id}/versions", (string id) => book.Find(id) is null ? _unknown.ToResult() : TypedResults.Ok(book.Versions(id).Select(Describe).ToList())).WithName($"List{name}Versions");
        group.MapPut("{id}", (Delegate)PutAsync).WithName($"Put{name}");
        group.MapPost("{id}/activate", (Delegate)ActivateAsync).WithName($"Activate{name}");
        group.MapPost("{id}/deactivate", (string id, HttpContext context) => Answer(book.Deactivate(id, context.Actor(), isDeleted: false), context)).WithName($"Deactivate{name}");
        group.MapDelete("{id}", (string id, HttpContext context) =>
            book.Deactivate(id, context.Actor(), isDeleted: true).State is null ? _unknown.ToResult() : TypedResults.NoContent()).WithName($"Delete{name}");
        return group;
    }

    /// <summary>200 with the state, and the newest version's document; 404.</summary>
    internal IResult Get(string id, HttpContext context)
    {
        if (book.Find(id) is not { } state)
        {
            return _unknown.ToResult();
        }

        context.Response.Headers.ETag = TagOf(state);
        return TypedResults.Ok(new DocumentAnswer(state, book.Versions(id).Where(version => version.Version == state.NewestVersion).Select(Describe).FirstOrDefault()));
    }

    /// <summary>200 with the state after it: a new draft; 400; 409; 412 when <c>If-Match</c> names another version than the newest; 413; 422 with all faults.</summary>
    internal async Task<IResult> PutAsync(string id, HttpContext context)
    {
        if (id.Length is 0 or > MaxIdLength || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'))
        {
            return _badId.ToResult();
        }

        if (!TryReadIfMatch(context.Request, out var after))
        {
            return _badPrecondition.ToResult();
        }

        var (body, refusal) = await ReadAsync(context, MaxBodyBytes);
        return body is { } json ? Answer(book.Put(id, json, context.Actor(), after), context) : refusal!;
    }

    /// <summary>An empty body for the newest version, or <c>{"version": n}</c>. 200 with the state; 400; 404; 409; 422 when it cannot apply any more.</summary>
    internal async Task<IResult> ActivateAsync(string id, HttpContext context)
    {
        var version = 0;
        if (context.Request.ContentLength is not (null or 0))
        {
            var (body, refusal) = await ReadAsync(context, MaxActivationBytes);
            if (body is not { } json)
            {
                return refusal!;
            }

            var faults = new List<DocumentFault>();
            var members = new DocumentMembers(json, "", faults);
            version = members.Whole("version", 1, int.MaxValue) ?? 0;
            members.Finish();
            if (faults.Count > 0)
            {
                return Refuse(faults);
            }
        }

        return Answer(book.Activate(id, version, context.Actor()), context);
    }

    /// <summary>A body as JSON, or why there is none.</summary>
    internal async Task<(JsonElement? Body, IResult? Refusal)> ReadAsync(HttpContext context, int maxBytes)
    {
        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, maxBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return (null, status == BodyStatus.TooLarge ? _tooLarge.ToResult($"{maxBytes} bytes are allowed.") : _unreadable.ToResult());
        }

        try
        {
            return (BodyJson.Parse(body.WrittenSpan), null);
        }
        catch (JsonException error)
        {
            return (null, _unreadable.ToResult($"It is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on."));
        }
    }

    internal ProblemHttpResult Refuse(IReadOnlyList<DocumentFault> faults) => _invalid.WithFaults(faults);

    private IResult Answer(DocumentChange change, HttpContext context)
    {
        if (change.State is { } state)
        {
            context.Response.Headers.ETag = TagOf(state);
            return TypedResults.Ok(state);
        }

        return change.Refusal switch
        {
            null => Refuse(change.Faults),
            DocumentRefusal.TooMany => _tooMany.ToResult($"At most {DocumentBook<T>.MaxDocuments} are kept, and {DocumentBook<T>.MaxLive} apply at once."),
            DocumentRefusal.Outdated => _outdated.ToResult(),
            _ => _unknown.ToResult(),
        };
    }

    private static DocumentVersionAnswer Describe(StoredDocument stored) => new(stored.Version, stored.PutAtMs, stored.Actor, JsonElement.Parse(stored.Body));

    private static bool TryReadIfMatch(HttpRequest request, out int? version)
    {
        version = null;
        var tag = request.Headers.IfMatch.ToString().Trim();
        if (tag is "" or "*")
        {
            return true;
        }

        var isVersion = int.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seen);
        version = seen;
        return isVersion;
    }

    private static string TagOf(DocumentState state) => $"\"{state.NewestVersion.ToString(CultureInfo.InvariantCulture)}\"";
}

/// <summary>A document and what applies of it.</summary>
/// <param name="State">Which versions there are.</param>
/// <param name="Newest">The newest, which may be a draft.</param>
internal sealed record DocumentAnswer(DocumentState State, DocumentVersionAnswer? Newest);

/// <summary>One version.</summary>
/// <param name="Version">From 1.</param>
/// <param name="PutAtMs">Our clock, Unix ms.</param>
/// <param name="Actor">Name of the server key.</param>
/// <param name="Body">As it was put.</param>
internal sealed record DocumentVersionAnswer(int Version, long PutAtMs, string Actor, JsonElement Body);
