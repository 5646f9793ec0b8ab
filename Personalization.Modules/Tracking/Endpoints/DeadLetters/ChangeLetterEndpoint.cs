using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Pipeline.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>Corrects, replays and discards one letter.</summary>
internal sealed class ChangeLetterEndpoint(
    DeadLetterReader letters, LetterTurns turns, LetterEditor editor, DeadLetterReplay replay, IPipelineStatus pipeline, IOptions<DeadLetterOptions> options)
{
    /// <summary>Puts the request's body in place of the letter's: 200 with what the door would say to it; 404, 409, 413, 503.</summary>
    public async Task<IResult> PutBodyAsync(HttpContext context, long id) => await ReadAsync(context) switch
    {
        (_, { } problem) => problem,
        var (body, _) => await CorrectAsync(context, id, _ => body.WrittenSpan.ToArray()),
    };

    /// <summary>
    /// Changes the letter's body by a merge patch (an object, RFC 7386) or by operations (an array, RFC 6902): 200; 400 when the patch is not
    /// valid or does not fit; 404, 409, 413, 503.
    /// </summary>
    public async Task<IResult> PatchBodyAsync(HttpContext context, long id)
    {
        var (body, problem) = await ReadAsync(context);
        if (problem is not null)
        {
            return problem;
        }

        try
        {
            var patch = JsonPatch.Of(BodyJson.Parse(body.WrittenSpan));
            return await CorrectAsync(context, id, letter => patch.Apply(letter.Body));
        }
        catch (Exception error) when (error is JsonException or JsonPatchException)
        {
            return DeadLetterProblems.InvalidPatch.ToResult(error.Message);
        }
    }

    /// <summary>
    /// Sends the letter in again and waits until it has passed the stages: 200 with the outcome, also when it was refused again; 400 for a
    /// source of our own; 404; 409 when it cannot be sent in as it is; 429 and 503 when the log takes nothing.
    /// </summary>
    public async Task<IResult> ReplayAsync(HttpContext context, long id)
    {
        var source = (string?)context.Request.Query["source"];
        if (source is not null && SourceOptions.IsReserved(source))
        {
            return DeadLetterProblems.InvalidRequest.ToResult("'source' must not begin with '$': such sources are ours.");
        }

        using var turn = await turns.TakeAsync(id, context.RequestAborted);
        if (letters.Find(id) is not { } letter)
        {
            return DeadLetterProblems.Unknown.ToResult($"{id}");
        }

        var result = await replay.ReplayAsync(letter, source);
        switch (result)
        {
            case { Problem: { } problem }:
                context.Response.Headers.RetryAfter = "1";
                return problem.ToResult();
            case { Outcome: ReplayOutcome.NotReplayable }:
                return (letter.IsSettled ? DeadLetterProblems.Settled : DeadLetterProblems.NotReplayable).ToResult(result.Detail);
        }

        await pipeline.WaitUntilAppliedAsync(context.RequestAborted);
        return letters.Find(id) is { } after ? TypedResults.Ok(LetterAnswer.Of(after)) : DeadLetterProblems.Unknown.ToResult($"{id}");
    }

    /// <summary>204 once its content is gone, and again for one that was discarded before; 404; 503.</summary>
    public async Task<IResult> DiscardAsync(HttpContext context, long id)
    {
        using var turn = await turns.TakeAsync(id, context.RequestAborted);
        if (letters.Find(id) is not { } letter)
        {
            return DeadLetterProblems.Unknown.ToResult($"{id}");
        }

        return letter.State == DeadLetterState.Discarded || await editor.DiscardAsync(id) ? TypedResults.NoContent() : Busy(context);
    }

    private async Task<IResult> CorrectAsync(HttpContext context, long id, Func<DeadLetter, byte[]> change)
    {
        using var turn = await turns.TakeAsync(id, context.RequestAborted);
        if (letters.Find(id) is not { } letter)
        {
            return DeadLetterProblems.Unknown.ToResult($"{id}");
        }

        if (letter.IsSettled || letter.Reason == DeadLetterReason.Suppressed)
        {
            return DeadLetterProblems.Settled.ToResult(LetterNames.Of(letter.State));
        }

        var body = change(letter);
        if (body.Length > options.Value.MaxBodyBytes)
        {
            return DeadLetterProblems.TooLarge.ToResult($"At most {options.Value.MaxBodyBytes} bytes.");
        }

        var edited = await editor.CorrectAsync(letter, body);
        return edited.IsStored
            ? TypedResults.Ok(new CorrectionAnswer(id, LetterNames.Of(DeadLetterState.Corrected), edited.Fault is null, edited.Fault))
            : Busy(context);
    }

    private async Task<(ArrayBufferWriter<byte> Body, IResult? Problem)> ReadAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        return await RequestBody.ReadAsync(context.Request, body, options.Value.MaxBodyBytes, context.RequestAborted) switch
        {
            BodyStatus.Read => (body, null),
            BodyStatus.TooLarge => (body, DeadLetterProblems.TooLarge.ToResult($"At most {options.Value.MaxBodyBytes} bytes.")),
            _ => (body, DeadLetterProblems.InvalidRequest.ToResult("The body could not be read.")),
        };
    }

    private static IResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return DeadLetterProblems.Busy.ToResult();
    }

    /// <summary>What became of a correction.</summary>
    /// <param name="Id">Of the letter.</param>
    /// <param name="State">corrected.</param>
    /// <param name="WouldBeTaken">Whether the door would take it as it is now.</param>
    /// <param name="Fault">Why not.</param>
    internal sealed record CorrectionAnswer(long Id, string State, bool WouldBeTaken, string? Fault);
}
