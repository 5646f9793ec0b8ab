using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Pipeline.Segments;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>
/// <c>POST /v1/segments/{id}/versions/{version}/activate</c>: puts a version in the place of the live one, when everybody has been asked about it. A
/// version that is not prepared any more, as when going back, is put once more: it gets a number of its own, which the answer tells.
/// </summary>
internal sealed class ActivateSegmentEndpoint(SegmentEngine engine, IDefinitionLog definitions, TimeProvider time)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    /// <summary>200 when it is live; 404; 409 when definitions have changed so that it cannot be; 429; 503.</summary>
    public async Task<IResult> HandleAsync(string id, int version, HttpContext context)
    {
        var put = definitions.VersionsOf(SegmentDefinitions.KindName, id).FirstOrDefault(put => put.Version == version);
        if (put is null)
        {
            return DefinitionProblems.Unknown.ToResult($"The segment '{id}' has no version {version}, or it is not kept any more.");
        }

        try
        {
            return TypedResults.Ok(await ActivateAsync(put, context));
        }
        catch (Exception error) when (error is DefinitionRefusedException or IOException)
        {
            return DefinitionRefusal.Of(error, context);
        }
    }

    /// <summary>Completes when everybody has been asked about a version, or when it is not prepared at all.</summary>
    public async Task UntilReadyAsync(string id, int version, CancellationToken cancellationToken)
    {
        while (Find(id)?.Prepared.FirstOrDefault(prepared => prepared.Number == version) is { IsFilled: false })
        {
            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    private async Task<ChangeAnswer> ActivateAsync(DefinitionChange put, HttpContext context)
    {
        var segment = Find(put.Id);
        if (segment?.Live?.Number == put.Version)
        {
            return new ChangeAnswer(put.Id, put.Version, put.Version, -1);
        }

        var version = segment?.Prepared.Any(prepared => prepared.Number == put.Version) == true ? put.Version : await PutAgainAsync(put, context);
        await UntilReadyAsync(put.Id, version, context.RequestAborted);
        var offset = await definitions.AppendAsync(Change(put.Id, DefinitionAction.Activate, version, default, context), context.RequestAborted);
        return new ChangeAnswer(put.Id, version, version, offset);
    }

    private async Task<int> PutAgainAsync(DefinitionChange put, HttpContext context)
    {
        var offset = await definitions.AppendAsync(Change(put.Id, DefinitionAction.Put, 0, put.Body, context), context.RequestAborted);
        return definitions.VersionsOf(SegmentDefinitions.KindName, put.Id).FirstOrDefault(each => each.Offset == offset)?.Version
            ?? throw new DefinitionRefusedException("So many versions were put meanwhile that this one is not kept any more.");
    }

    private Segment? Find(string id) => engine.Roster.Set is var set && set.Find(id) is var number and >= 0 ? set.Segments[number] : null;

    private DefinitionChange Change(string id, DefinitionAction action, int version, System.Text.Json.JsonElement body, HttpContext context) =>
        new(SegmentDefinitions.KindName, id, action, version, body, context.Actor(), time.GetUtcNow().ToUnixTimeMilliseconds());
}
