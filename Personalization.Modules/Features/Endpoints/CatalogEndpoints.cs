using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;

namespace Personalization.Features.Endpoints;

/// <summary>The shop's catalogue and stock. Changes go through the log like everything else; a 200 means that they are on disk.</summary>
internal static class CatalogEndpoints
{
    public static readonly Problem Malformed = new("features/malformed-catalog", "The upload cannot be read", StatusCodes.Status400BadRequest);
    public static readonly Problem Invalid = new("features/invalid-item", "No item of the upload is valid", StatusCodes.Status400BadRequest);
    public static readonly Problem UnknownItem = new("features/unknown-item", "The catalogue has no such item", StatusCodes.Status404NotFound);
    public static readonly Problem Busy = new("features/log-busy", "The log is busy: try again", StatusCodes.Status429TooManyRequests);
    private const int ItemsPerEntry = 500;
    private const int MaxErrors = 100;
    private const int RetryAfterSeconds = 1;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var items = endpoints.MapGroup("/v1/catalog/items").RequireServerKey();
        items.MapPut("", PutAsync).WithName("PutCatalogItems");
        items.MapPatch("{id}", PatchAsync).WithName("PatchCatalogItem");
        items.MapDelete("{id}", WithdrawAsync).WithName("WithdrawCatalogItem");
        items.MapGet("{id}", Get).WithName("GetCatalogItem");
        items.MapGet("", List).WithName("ListCatalogItems");
    }

    /// <summary>
    /// A JSON array or NDJSON of items, in parts, so that an upload of any size needs little memory. Items that are wrong are
    /// refused one by one, with their place; 400 when none is right.
    /// </summary>
    internal static async Task<IResult> PutAsync(
        HttpContext context, IEventLog log, IOptions<FeaturesOptions> options, CancellationToken cancellationToken)
    {
        LiftBodyLimit(context, options.Value.MaxCatalogBytes);
        var upload = new Upload();
        var changes = new List<CatalogChange>(ItemsPerEntry);
        try
        {
            var lines = context.Request.ContentType?.Contains("ndjson", StringComparison.OrdinalIgnoreCase) == true;
            await foreach (var body in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(
                context.Request.Body, topLevelValues: lines, JsonSerializerOptions.Default, cancellationToken))
            {
                if (upload.Read(body) is { } item)
                {
                    changes.Add(new CatalogChange(CatalogChangeKind.Put, item));
                }

                if (changes.Count == ItemsPerEntry && !await AppendAsync(log, changes, upload))
                {
                    return Overloaded(context, upload);
                }
            }
        }
        catch (JsonException error)
        {
            return Malformed.ToResult($"After {upload.Index} items: {error.Message} {upload.Accepted} items were taken.");
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TypedResults.Problem(new Problem(
                "features/catalog-too-large", "The upload is too large", error.StatusCode).Describe(
                $"At most {options.Value.MaxCatalogBytes} bytes; {upload.Accepted} items were taken."));
        }

        if (changes.Count > 0 && !await AppendAsync(log, changes, upload))
        {
            return Overloaded(context, upload);
        }

        return upload.Accepted == 0 && upload.Errors.Count > 0
            ? Invalid.ToResult($"Item {upload.Errors[0].Index}, {upload.Errors[0].Field}: {upload.Errors[0].Reason}")
            : TypedResults.Ok(new { accepted = upload.Accepted, refused = upload.Errors.Take(MaxErrors) });
    }

    /// <summary>Changes price, stock or both of a known item.</summary>
    internal static async Task<IResult> PatchAsync(string id, JsonElement body, HttpContext context, IEventLog log, ICatalog catalog)
    {
        if (Lookup(catalog, id) is null)
        {
            return UnknownItem.ToResult($"There is no item '{id}'.");
        }

        var errors = new List<CatalogError>();
        return CatalogItemBody.ReadPatch(id, body, errors) is { } patch
            ? await AppendOneAsync(context, log, new CatalogChange(CatalogChangeKind.Patch, patch))
            : Invalid.ToResult(string.Join(' ', errors.Select(error => $"{error.Field}: {error.Reason}")));
    }

    /// <summary>Takes an item off sale; it keeps its number and its history.</summary>
    internal static async Task<IResult> WithdrawAsync(string id, HttpContext context, IEventLog log, ICatalog catalog) =>
        Lookup(catalog, id) is { } known
            ? await AppendOneAsync(context, log, new CatalogChange(CatalogChangeKind.Withdraw, known))
            : UnknownItem.ToResult($"There is no item '{id}'.");

    internal static IResult Get(string id, ICatalog catalog) =>
        Lookup(catalog, id) is { } known ? TypedResults.Ok(known) : UnknownItem.ToResult($"There is no item '{id}'.");

    /// <summary>Items in the order of their numbers, after the given number.</summary>
    internal static IResult List(ICatalog catalog, int after = -1, int limit = 100)
    {
        var items = new List<CatalogItem>();
        var at = Math.Max(0, after + 1);
        for (; at < catalog.Count && items.Count < Math.Clamp(limit, 1, 1_000); at++)
        {
            if (catalog[at] is { } item)
            {
                items.Add(item);
            }
        }

        return TypedResults.Ok(new { items, next = at < catalog.Count ? at - 1 : (int?)null });
    }

    private static CatalogItem? Lookup(ICatalog catalog, string id) => catalog.Find(id) is var item and >= 0 ? catalog[item] : null;

    private static void LiftBodyLimit(HttpContext context, long bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytes;
        }
    }

    private static async Task<IResult> AppendOneAsync(HttpContext context, IEventLog log, CatalogChange change)
    {
        var upload = new Upload();
        return await AppendAsync(log, [change], upload) ? TypedResults.NoContent() : Overloaded(context, upload);
    }

    private static async Task<bool> AppendAsync(IEventLog log, List<CatalogChange> changes, Upload upload)
    {
        var entry = new CatalogEntry([.. changes]);
        if (log.TryAppend(entry) != Admission.Accepted)
        {
            entry.Release();
            return false;
        }

        await entry.Committed;
        entry.Release();
        upload.Accepted += changes.Count;
        changes.Clear();
        return true;
    }

    private static IResult Overloaded(HttpContext context, Upload upload)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        return Busy.ToResult($"{upload.Accepted} items were taken; sending them again does no harm.");
    }

    /// <summary>How far an upload is.</summary>
    private sealed class Upload
    {
        public int Index { get; private set; }

        public int Accepted { get; set; }

        public List<CatalogError> Errors { get; } = [];

        public CatalogItem? Read(JsonElement body)
        {
            // Beyond the first hundred, errors are counted by the difference only: an upload of garbage stays small.
            var errors = Errors.Count < MaxErrors ? Errors : [];
            return CatalogItemBody.Read(body, errors, Index++);
        }
    }
}
