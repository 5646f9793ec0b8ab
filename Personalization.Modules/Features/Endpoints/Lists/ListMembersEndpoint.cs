using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Endpoints.Segments;
using Personalization.Features.Pipeline.Lists;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Lists;

/// <summary>Who is on a list. Server key required.</summary>
internal sealed class ListMembersEndpoint(
    PeopleLists lists, IEventWriter events, IDefinitionLog definitions, IPipelineStatus pipeline, IdentifierVocabulary identifiers, ListOptions options, TimeProvider time)
    : IDisposable
{
    private const int MembersPerBatch = 500;
    private const int DefaultPage = 1_000;
    private const int MaxPage = 10_000;
    private const int RetryAfterSeconds = 1;

    /// <summary>One upload at a time: it is held in memory, and two that replace one list would be told apart by nobody.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>
    /// <c>?mode=add</c> (the default), <c>remove</c> or <c>replace</c>, with which nobody else is on the list any more, in one instant. 200 when
    /// it is applied, with how many members there are; 400 with all faults; 404; 413; 415; 422 when a check of schemas refused some of those that
    /// were to replace all; 429 and 503 with Retry-After, when some may have been added or removed: sent again it does no harm.
    /// </summary>
    public async Task<IResult> ChangeAsync(string id, HttpContext context)
    {
        var mode = context.Request.Query["mode"].ToString();
        if (mode is not ("" or "add" or "remove" or "replace"))
        {
            return ListProblems.InvalidQuery.ToResult("'mode' is add, remove or replace.");
        }

        if (!await _turn.WaitAsync(TimeSpan.Zero, context.RequestAborted))
        {
            return Later(ListProblems.Busy, "Send it again when that is done.", RetryAfterSeconds, context);
        }

        try
        {
            return await TakeAsync(id, mode.Length == 0 ? "add" : mode, context);
        }
        catch (Exception error) when (error is DefinitionRefusedException or IOException)
        {
            return DefinitionRefusal.Of(error, context);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// 200 with profile numbers in ascending order, and <c>next</c> when there are more; 400; 404. Somebody who comes or goes between two pages
    /// may be missing or be shown; nobody who stays is.
    /// </summary>
    public IResult Members(string id, string? after = null, string? limit = null)
    {
        if (lists.Get(id) is not { } list)
        {
            return Unknown(id);
        }

        if (!Query.TryNumber(after, -1, -1, int.MaxValue - 1, out var from) || !Query.TryNumber(limit, DefaultPage, 1, MaxPage, out var most))
        {
            return ListProblems.InvalidQuery.ToResult($"'after' is the last number of the page before; 'limit' is 1 to {MaxPage}.");
        }

        var members = new List<int>();
        for (var profileId = list.Members.Next(from + 1); profileId >= 0 && members.Count < most; profileId = list.Members.Next(profileId + 1))
        {
            members.Add(profileId);
        }

        return TypedResults.Ok(new { count = list.Members.Count, members, next = members.Count == most ? members[^1] : (int?)null });
    }

    public void Dispose() => _turn.Dispose();

    private async Task<IResult> TakeAsync(string id, string mode, HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        var status = await RequestBody.ReadAsync(context.Request, body, options.MaxUploadBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return (status switch
            {
                BodyStatus.TooLarge => CatalogProblems.TooLarge,
                BodyStatus.UnknownEncoding => CatalogProblems.UnknownEncoding,
                _ => CatalogProblems.Malformed,
            }).ToResult();
        }

        var lines = MemberLines.Read(body.WrittenSpan, identifiers);
        if (lines.Faults.Count > 0)
        {
            return ListProblems.InvalidMembers.ToResult(string.Join(" ", lines.Faults));
        }

        if (lists.Get(id) is not { } list)
        {
            return Unknown(id);
        }

        // A new edition is told from any that was begun and given up by the time: replacing is one at a time.
        var edition = mode == "replace" ? Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), list.Edition + 1) : list.Edition;
        var (refused, problem) = await WriteAsync(body.WrittenMemory, lines.Members, new ListEntry(id, edition, mode != "remove"), context);
        if (problem is not null)
        {
            return problem;
        }

        if (mode == "replace" && refused > 0)
        {
            return ListProblems.Incomplete.ToResult($"{refused} of {lines.Members.Count} are dead letters, for a schema refused them.");
        }

        if (mode == "replace")
        {
            await SwapAsync(id, edition, context);
        }

        await pipeline.WaitUntilAppliedAsync(context.RequestAborted);
        return TypedResults.Ok(new { accepted = lines.Members.Count - refused, refused, count = lists.Get(id)?.Members.Count ?? 0 });
    }

    private async Task<(int Refused, IResult? Problem)> WriteAsync(ReadOnlyMemory<byte> body, List<Range> members, ListEntry entry, HttpContext context)
    {
        var (now, refused) = (time.GetUtcNow(), 0);
        var batch = new ArrayBufferWriter<byte>(64 * 1024);
        for (var next = 0; next < members.Count;)
        {
            batch.ResetWrittenCount();
            batch.Write("{\"batch\":["u8);
            for (var count = 0; count < MembersPerBatch && next < members.Count; count++)
            {
                batch.Write(count == 0 ? ""u8 : ","u8);
                MemberLines.WriteCall(batch, body.Span[members[next++]], entry, now);
            }

            batch.Write("]}"u8);
            var result = await events.WriteAsync(batch.WrittenMemory, ListImport.SourceName, EventOrigin.Import, context.RequestAborted);
            if (result.Problem is { } problem)
            {
                return (refused, Later(problem, "Send all of it again: what is on disk already does no harm.", result.RetryAfterSeconds, context));
            }

            refused += result.Refused;
        }

        return (refused, null);
    }

    /// <summary>
    /// From this entry of the log on the new members count. Two entries: a crash between them leaves a version that nobody uses.
    /// </summary>
    private async Task SwapAsync(string id, long edition, HttpContext context)
    {
        var live = definitions.List(ListDefinitions.KindName).FirstOrDefault(each => each.Id == id).LiveVersion;
        var body = definitions.VersionsOf(ListDefinitions.KindName, id).FirstOrDefault(each => each.Version == live)?.Body
            ?? throw new DefinitionRefusedException($"The list '{id}' was deleted meanwhile.", isUnknown: true);
        var offset = await AppendAsync(DefinitionAction.Put, 0, ListDefinition.WithEdition(body, edition));
        var version = definitions.VersionsOf(ListDefinitions.KindName, id).Last(each => each.Offset == offset).Version;
        await AppendAsync(DefinitionAction.Activate, version, default);

        Task<long> AppendAsync(DefinitionAction action, int number, System.Text.Json.JsonElement said) => definitions.AppendAsync(
            new DefinitionChange(ListDefinitions.KindName, id, action, number, said, context.Actor(), time.GetUtcNow().ToUnixTimeMilliseconds()), context.RequestAborted);
    }

    private static IResult Unknown(string id) => ListProblems.Unknown.ToResult($"There is no list '{id}'.");

    private static IResult Later(Problem problem, string detail, int seconds, HttpContext context)
    {
        if (seconds > 0)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return problem.ToResult(detail);
    }
}
