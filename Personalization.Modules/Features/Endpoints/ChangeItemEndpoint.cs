using Microsoft.AspNetCore.Http;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Endpoints;

/// <summary>
/// <c>PATCH</c> and <c>DELETE /v1/catalog/items/{id}</c>: price and stock of one item; and the end of its sale.
/// </summary>
internal sealed class ChangeItemEndpoint(CatalogWriter writer, Catalog catalog, IPipelineStatus pipeline, TimeProvider time)
{
    private const int MaxPatchBytes = 64 * 1024;
    private const int Looks = 100;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    /// <summary>204 once committed; 400, 404, 413; 429 and 503 with Retry-After.</summary>
    public async Task<IResult> PatchAsync(HttpContext context)
    {
        var id = ItemRoute.IdOf(context);
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxPatchBytes, context.RequestAborted) is var status and not BodyStatus.Read)
        {
            return (status == BodyStatus.TooLarge ? CatalogProblems.TooLarge : CatalogProblems.Malformed).ToResult();
        }

        var errors = new List<CatalogError>();
        if (CatalogItemBody.ReadPatch(id, body.WrittenMemory, errors) is not { } patch)
        {
            return CatalogProblems.Invalid.ToResult(string.Join(' ', errors.Select(error => $"{error.Field}: {error.Reason}".TrimStart(':', ' '))));
        }

        return await IsKnownAsync(id, isListed: true, context.RequestAborted)
            ? await AppendAsync(context, patch)
            : CatalogProblems.UnknownItem.ToResult($"There is no item '{id}'.");
    }

    /// <summary>204 once committed, and again for an item that is withdrawn already; 404; 429 and 503 with Retry-After.</summary>
    public async Task<IResult> WithdrawAsync(HttpContext context)
    {
        var id = ItemRoute.IdOf(context);
        if (!await IsKnownAsync(id, isListed: false, context.RequestAborted))
        {
            return CatalogProblems.UnknownItem.ToResult($"There is no item '{id}'.");
        }

        return catalog.IsWithdrawn(catalog.Find(id))
            ? TypedResults.NoContent()
            : await AppendAsync(context, new CatalogChange(CatalogChangeKind.Withdraw, new CatalogItem { Id = id }));
    }

    private async Task<IResult> AppendAsync(HttpContext context, CatalogChange change) =>
        await writer.AppendAsync([change]) is { } problem ? CatalogWriter.Refuse(context, problem) : TypedResults.NoContent();

    /// <summary>
    /// Who has just been told that an item is on disk may change it at once: before an item counts as unknown, what was in
    /// the log when the request came is applied, or a second has passed.
    /// </summary>
    private async ValueTask<bool> IsKnownAsync(string id, bool isListed, CancellationToken cancellationToken)
    {
        var committed = pipeline.LogNextOffset;
        for (var look = 0; look < Looks; look++)
        {
            var isApplied = pipeline.AppliedOffset >= committed;
            if (IsKnown(id, isListed))
            {
                return true;
            }

            if (isApplied)
            {
                return false;
            }

            await Task.Delay(BetweenLooks, time, cancellationToken);
        }

        return false;
    }

    private bool IsKnown(string id, bool isListed) =>
        catalog.Find(id) is var item and >= 0 && (!isListed || (catalog[item] is not null && !catalog.IsWithdrawn(item)));
}
