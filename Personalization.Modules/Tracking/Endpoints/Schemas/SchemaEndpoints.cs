using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Tracking.Domain.Schemas;
using Personalization.Tracking.Domain.Schemas.Registry;

namespace Personalization.Tracking.Endpoints.Schemas;

/// <summary>
/// <c>/v1/schemas</c>: the schemas of events, by version. Server key required. <c>{event}</c> is the name of a track call in any spelling the
/// taxonomy knows, or <c>$identify</c>, <c>$page</c>, <c>$screen</c>, <c>$group</c>.
/// </summary>
internal static class SchemaEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var schemas = endpoints.MapGroup("/v1/schemas").RequireServerKey().AuditsPlainly("event");
        schemas.MapGet("", List).WithName("ListSchemas");
        schemas.MapGet("/{event}", (string @event, SchemaRegistry registry) => Get(@event, null, registry)).WithName("GetSchema");
        schemas.MapGet("/{event}/versions/{version:int}", (string @event, int version, SchemaRegistry registry) => Get(@event, version, registry))
            .WithName("GetSchemaVersion");
        schemas.MapPost("/{event}/versions", (Delegate)RegisterAsync).WithName("RegisterSchemaVersion");
        schemas.MapPut("/{event}/versions", (Delegate)RegisterAsync).WithName("PutSchemaVersion");
        schemas.MapPut("/{event}/mode", (Delegate)SetModeAsync).WithName("SetSchemaMode");
        schemas.MapDelete("/{event}", Delete).WithName("DeleteSchema");
        schemas.MapPost("/{event}/validate", (Delegate)ValidateAsync).WithName("ValidatePayload");
    }

    /// <summary>200 with all schemas, without their text.</summary>
    internal static IResult List(SchemaRegistry registry) =>
        TypedResults.Ok(new SchemaListAnswer([.. registry.Current.All.Select(SchemaSummary.Of)]));

    /// <summary>200 with the newest version or the one that is named; 404 when there is none.</summary>
    internal static IResult Get(string @event, int? version, SchemaRegistry registry)
    {
        if (Find(registry, @event) is not { } schema)
        {
            return Unknown(@event);
        }

        if (registry.Version(schema.Subject, version ?? schema.Version) is not { } stored)
        {
            return SchemaProblems.UnknownSchema.ToResult($"'{schema.Subject.Name}' has no version {version}.");
        }

        return TypedResults.Ok(new SchemaAnswer(
            schema.Subject.Name,
            SchemaModes.Name(schema.Mode),
            stored.Version.Version,
            Time(stored.Version),
            [.. registry.Versions(schema.Subject).Select(each => new VersionAnswer(each.Version, Time(each)))],
            JsonElement.Parse(stored.Body, new JsonDocumentOptions { MaxDepth = SchemaLimits.Depth })));
    }

    /// <summary>
    /// 201 with the new version, 200 when it is the newest already; 422 when the body is no schema and 409 when it is not compatible, each with
    /// all <c>violations</c>; 400, 413.
    /// </summary>
    internal static async Task<IResult> RegisterAsync(
        string @event, HttpContext context, SchemaRegistry registry, IOptions<SchemaOptions> options)
    {
        if (SubjectOf(@event) is not { } subject)
        {
            return SchemaProblems.InvalidEventName.ToResult("A name has 1 to 512 bytes; alias calls carry nothing that could have a schema.");
        }

        var body = await SchemaBody.ReadAsync(context.Request, options.Value.MaxSchemaBytes);
        if (body.Problem is { } problem)
        {
            return problem.ToResult();
        }

        var registration = registry.Register(subject, body.Bytes);
        return registration.Status switch
        {
            RegistrationStatus.Registered => TypedResults.Created(
                $"/v1/schemas/{Uri.EscapeDataString(subject.Name)}/versions/{registration.Schema!.Version}", SchemaSummary.Of(registration.Schema)),
            RegistrationStatus.Unchanged => TypedResults.Ok(SchemaSummary.Of(registration.Schema!)),
            RegistrationStatus.Invalid => Refuse(
                SchemaProblems.InvalidSchema,
                [.. registration.Errors.Select(error => new SchemaViolation("invalid-schema", error.Pointer, error.Message))]),
            RegistrationStatus.Incompatible => Refuse(
                SchemaProblems.IncompatibleSchema,
                [.. registration.Breaches.Select(breach => new SchemaViolation(breach.Rule, breach.Pointer, breach.Message))]),
            RegistrationStatus.TooManyVersions => SchemaProblems.TooManySchemas.ToResult(
                $"'{subject.Name}' has {options.Value.MaxVersions} versions. Delete its schema to begin anew, or raise MaxVersions."),
            _ => SchemaProblems.TooManySchemas.ToResult($"{options.Value.MaxEvents} events have schemas. Delete one, or raise MaxEvents."),
        };
    }

    /// <summary>200 with what applies now; 400 for an unknown mode; 404.</summary>
    internal static async Task<IResult> SetModeAsync(string @event, HttpContext context, SchemaRegistry registry)
    {
        var body = await SchemaBody.ReadAsync(context.Request, SchemaBody.MaxModeBytes);
        if (body.Problem is { } problem)
        {
            return problem.ToResult();
        }

        if (SchemaModes.Parse(SchemaBody.ModeOf(body.Bytes)) is not { } mode)
        {
            return SchemaProblems.InvalidMode.ToResult("""The body must be {"mode":"enforce"}, {"mode":"warn"} or {"mode":"allow"}.""");
        }

        return SubjectOf(@event) is { } subject && registry.SetMode(subject, mode) is { } changed
            ? TypedResults.Ok(SchemaSummary.Of(changed))
            : Unknown(@event);
    }

    /// <summary>204, with all versions gone; 404 when there were none.</summary>
    internal static IResult Delete(string @event, SchemaRegistry registry) =>
        SubjectOf(@event) is { } subject && registry.Delete(subject) ? TypedResults.NoContent() : Unknown(@event);

    /// <summary>200 with whether the body, what an event would carry, is valid under the newest version or <c>?version=</c>; 400, 404, 413.</summary>
    internal static async Task<IResult> ValidateAsync(
        string @event, HttpContext context, SchemaRegistry registry, IOptions<TrackingOptions> tracking, int? version = null)
    {
        if (Find(registry, @event) is not { } current)
        {
            return Unknown(@event);
        }

        var body = await SchemaBody.ReadAsync(context.Request, tracking.Value.MaxEventBytes);
        if (body.Problem is { } problem)
        {
            return problem.ToResult();
        }

        if (SchemaBody.FaultOf(body.Bytes) is { } fault)
        {
            return SchemaProblems.InvalidPayload.ToResult(fault);
        }

        var schema = version is { } asked && asked != current.Version ? registry.Compile(current.Subject, asked) : current.Schema;
        if (schema is null)
        {
            return SchemaProblems.UnknownSchema.ToResult($"'{current.Subject.Name}' has no version {version}.");
        }

        var faults = schema.Validate(body.Bytes);
        return TypedResults.Ok(new ValidationAnswer(faults.Count == 0, version ?? current.Version, SchemaModes.Name(current.Mode), faults));
    }

    private static RegisteredSchema? Find(SchemaRegistry registry, string name) =>
        SubjectOf(name) is { } subject ? registry.Current.Find(subject) : null;

    /// <summary>The server decodes everything but the slash, which a name may contain as well as anything else.</summary>
    private static SchemaSubject? SubjectOf(string name) =>
        SchemaSubject.Parse(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));

    private static IResult Unknown(string name) => SchemaProblems.UnknownSchema.ToResult($"'{name}' has no schema.");

    private static DateTimeOffset Time(SchemaVersion version) => DateTimeOffset.FromUnixTimeMilliseconds(version.RegisteredAtMs);

    private static ProblemHttpResult Refuse(Problem problem, IReadOnlyList<SchemaViolation> violations)
    {
        var details = problem.Describe($"{violations[0].Pointer}: {violations[0].Message}".TrimStart(':', ' '));
        details.Extensions["violations"] = violations;
        return TypedResults.Problem(details);
    }
}
