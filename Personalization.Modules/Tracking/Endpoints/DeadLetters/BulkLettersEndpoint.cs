using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Pipeline.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>
/// Corrects and replays all letters that match a filter, the oldest first: a bounded part in one call, and a cursor for the next. A part
/// runs in small groups, so that it never holds much and requests of shoppers come in between.
/// </summary>
internal sealed class BulkLettersEndpoint(
    DeadLetterReader letters, LetterTurns turns, LetterEditor editor, DeadLetterReplay replay, IPipelineStatus pipeline, KeyHasher hasher, IOptions<DeadLetterOptions> options)
{
    private const int MaxRequestBytes = 1024 * 1024;
    private const int GroupSize = 64;
    private const int MaxResults = 20;

    /// <summary>Applies a stated patch: 200 with counts and the first results; 400 when the request is not valid. Nothing is sent in.</summary>
    public async Task<IResult> CorrectAsync(HttpContext context)
    {
        var (request, problem) = await ReadAsync(context);
        if (request is null)
        {
            return problem!;
        }

        if (request.Patch is not { } patch)
        {
            return DeadLetterProblems.InvalidRequest.ToResult("A 'patch' is needed: an object (RFC 7386) or an array of operations (RFC 6902).");
        }

        var part = new Part();
        await ForEachGroupAsync(request, part, async group =>
        {
            foreach (var (letter, result) in await Task.WhenAll(group.Select(letter => CorrectAsync(letter, patch, request.IsDryRun))))
            {
                part.Add(letter, result);
            }

            return true;
        });
        return TypedResults.Ok(part.ToAnswer(request.IsDryRun));
    }

    /// <summary>Sends letters in again: 200 with counts and what did not go in; 400 when the request is not valid.</summary>
    public async Task<IResult> ReplayAsync(HttpContext context)
    {
        var (request, problem) = await ReadAsync(context);
        if (request is null)
        {
            return problem!;
        }

        if (request.Patch is not null || request.IsDryRun)
        {
            return DeadLetterProblems.InvalidRequest.ToResult("A replay takes neither 'patch' nor 'dryRun': correct first, then replay.");
        }

        var part = new Part();
        await ForEachGroupAsync(request, part, group => ReplayGroupAsync(group, request.Source, part));
        await pipeline.WaitUntilAppliedAsync(context.RequestAborted);
        return TypedResults.Ok(part.ToAnswer(isDryRun: false));
    }

    /// <summary>The group enters the log in the order of its ids, and commits together.</summary>
    private async Task<bool> ReplayGroupAsync(IReadOnlyList<DeadLetter> group, string? source, Part part)
    {
        var results = await Task.WhenAll(group.Select(letter => ReplayAsync(letter, source)));
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i].Problem is { } busy)
            {
                // What comes after it in the group may have gone in: the next call finds it replayed, and leaves it.
                part.Stop(busy.Type, group[i].Id - 1);
                return false;
            }

            part.Add(group[i], new LetterResult(group[i].Id, LetterNames.Of(results[i].Outcome), results[i].Detail));
        }

        return true;
    }

    private async Task<ReplayResult> ReplayAsync(DeadLetter listed, string? source)
    {
        using var turn = await turns.TakeAsync(listed.Id);
        return letters.Find(listed.Id) is { } letter
            ? await replay.ReplayAsync(letter, source)
            : new ReplayResult(listed.Id, ReplayOutcome.NotReplayable, DeadLetterProblems.Unknown.Title, -1);
    }

    private async Task<(DeadLetter Letter, LetterResult Result)> CorrectAsync(DeadLetter listed, JsonPatch patch, bool isDryRun)
    {
        using var turn = await turns.TakeAsync(listed.Id);
        if (letters.Find(listed.Id) is not { IsSettled: false } letter)
        {
            return (listed, new LetterResult(listed.Id, "failed", DeadLetterProblems.Settled.Title));
        }

        try
        {
            var body = patch.Apply(letter.Body);
            if (body.Length > options.Value.MaxBodyBytes)
            {
                return (letter, new LetterResult(letter.Id, "failed", DeadLetterProblems.TooLarge.Title));
            }

            var edited = isDryRun ? new EditedLetter(true, editor.Check(letter, body).Fault) : await editor.CorrectAsync(letter, body);
            return (letter, edited switch
            {
                { IsStored: false } => new LetterResult(letter.Id, "failed", DeadLetterProblems.Busy.Title),
                { Fault: { } fault } => new LetterResult(letter.Id, "corrected", "It would still be refused: " + fault) { Body = LetterAnswer.JsonOf(body) },
                _ => new LetterResult(letter.Id, "corrected", "It would be taken.") { Body = LetterAnswer.JsonOf(body) },
            });
        }
        catch (JsonPatchException error)
        {
            return (letter, new LetterResult(letter.Id, "failed", error.Message));
        }
    }

    /// <summary>Letters that are still to be settled, until the bound of the call, the last letter, or a group that says stop.</summary>
    private async Task ForEachGroupAsync(BulkRequest request, Part part, Func<IReadOnlyList<DeadLetter>, Task<bool>> work)
    {
        part.Cursor = request.After;
        for (var left = request.Limit; left > 0;)
        {
            var limit = Math.Min(GroupSize, left);
            var page = letters.Oldest(request.Filter with { IsUnsettled = true }, part.Cursor, limit);
            if (page.Count > 0 && !await work(page))
            {
                return;
            }

            if (page.Count < limit)
            {
                part.IsComplete = true;
                return;
            }

            part.Cursor = page[^1].Id;
            left -= page.Count;
        }
    }

    private async Task<(BulkRequest? Request, IResult? Problem)> ReadAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxRequestBytes, context.RequestAborted) != BodyStatus.Read)
        {
            return (null, DeadLetterProblems.InvalidRequest.ToResult("The body could not be read, or is too large."));
        }

        var request = BulkRequest.Read(body.WrittenSpan, hasher, out var fault);
        return (request, request is null ? DeadLetterProblems.InvalidRequest.ToResult(fault) : null);
    }

    /// <summary>What one call did.</summary>
    private sealed class Part
    {
        private readonly Dictionary<string, int> _outcomes = new(StringComparer.Ordinal);
        private readonly List<LetterResult> _results = [];
        private string? _stopped;
        private int _letters;

        public long Cursor { get; set; }

        public bool IsComplete { get; set; }

        public void Add(DeadLetter letter, LetterResult result)
        {
            _letters++;
            Cursor = letter.Id;
            _outcomes[result.Outcome] = _outcomes.GetValueOrDefault(result.Outcome) + 1;
            if (_results.Count < MaxResults && result.Outcome != "replayed")
            {
                _results.Add(result);
            }
        }

        public void Stop(string reason, long cursor)
        {
            _stopped = reason;
            Cursor = cursor;
        }

        public BulkAnswer ToAnswer(bool isDryRun) => new(
            _letters, _outcomes, isDryRun, _stopped, IsComplete ? null : Cursor.ToString(CultureInfo.InvariantCulture), _results);
    }

    /// <summary>What became of a call.</summary>
    /// <param name="Letters">Letters that were looked at.</param>
    /// <param name="Outcomes">How many by outcome: corrected, failed; replayed, refused, not_replayable.</param>
    /// <param name="IsDryRun">Nothing was changed.</param>
    /// <param name="Stopped">Type of the problem for which the call ended early; null when it ended by itself.</param>
    /// <param name="NextCursor">For the next call; null when no letter is left.</param>
    /// <param name="Results">The first twenty, those left out that simply went in.</param>
    internal sealed record BulkAnswer(
        int Letters, IReadOnlyDictionary<string, int> Outcomes, bool IsDryRun, string? Stopped, string? NextCursor, IReadOnlyList<LetterResult> Results);

    internal sealed record LetterResult(long Id, string Outcome, string Detail)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public JsonElement? Body { get; init; }
    }
}
