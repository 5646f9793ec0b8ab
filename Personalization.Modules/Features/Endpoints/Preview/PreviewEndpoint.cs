using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Preview;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Pipeline.Preview;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Preview;

/// <summary>
/// <c>POST /v1/segments/preview</c>: how many an unsaved condition holds for, who some of them are, and what it has in common with segments that
/// there are. With <c>Accept: application/x-ndjson</c> an estimate comes first, on a line of its own.
/// </summary>
internal sealed class PreviewEndpoint(
    PreviewScan scan,
    PreviewTurns turns,
    IConditionCompiler compiler,
    IMemberships memberships,
    IKeptProperties kept,
    ILogClock clock,
    TimeProvider time,
    IOptions<PreviewOptions> options)
{
    private const int MaxBytes = 256 * 1024;
    private const int BusyRetrySeconds = 1;
    private const string Lines = "application/x-ndjson";

    /// <summary>
    /// 200; 400 with everything that is wrong; 409 when the same editor has asked for something newer meanwhile; 413; 429 when too many
    /// previews run.
    /// </summary>
    public async Task HandleAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, MaxBytes, context.RequestAborted) is var status and not BodyStatus.Read)
        {
            await ProblemOf(status).WriteAsync(context);
            return;
        }

        var faults = new List<DefinitionFault>();
        if (Read(body.WrittenMemory, faults) is not { } request)
        {
            await DefinitionRefusal.Faults(faults).ExecuteAsync(context);
            return;
        }

        using var turn = await turns.TakeAsync(request.Editor, context.RequestAborted);
        if (turn is null)
        {
            await PreviewProblems.Busy.WriteAsync(context, retryAfterSeconds: BusyRetrySeconds);
            return;
        }

        try
        {
            await AnswerAsync(context, request, turn.Token);
        }
        catch (OperationCanceledException) when (turn.IsSuperseded && !context.Response.HasStarted)
        {
            await PreviewProblems.Superseded.WriteAsync(context);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or has its estimate and no interest in the rest.
            context.Abort();
        }
    }

    private static Problem ProblemOf(BodyStatus status) => status == BodyStatus.TooLarge ? DefinitionProblems.TooLarge : DefinitionProblems.Malformed;

    private PreviewRequest? Read(ReadOnlyMemory<byte> body, List<DefinitionFault> faults)
    {
        try
        {
            return PreviewRequest.Read(BodyJson.Parse(body.Span), options.Value, memberships, faults);
        }
        catch (JsonException error)
        {
            faults.Add(new DefinitionFault("", $"Is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on."));
            return null;
        }
    }

    private async Task AnswerAsync(HttpContext context, PreviewRequest request, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var condition = compiler.Compile(request.Condition);
        var question = new PreviewQuestion(
            condition,
            clock.NowMs,
            [.. request.CompareWith.Select(id => memberships.FindSegment(id))],
            request.Sample,
            ConditionProperties.AreAskedFor(request.Condition));
        var (notes, asOf) = (Notes(request.Condition, condition), DateTimeOffset.FromUnixTimeMilliseconds(question.NowMs));
        var inLines = context.Request.Headers.Accept.ToString().Contains(Lines, StringComparison.OrdinalIgnoreCase);
        if (inLines)
        {
            context.Response.ContentType = Lines;
            var guess = new PreviewGuess(scan.Estimate(question, cancellationToken), asOf, Elapsed(since), notes);
            await WriteAsync(context, guess, PreviewJson.Default.PreviewGuess, cancellationToken);
        }

        var threads = options.Value.Threads is var wanted and > 0 ? wanted : Environment.ProcessorCount;
        var tally = await scan.RunAsync(question, threads, cancellationToken);
        context.Response.ContentType ??= "application/json";
        var answer = new PreviewAnswer(tally.Members, tally.Asked, tally.Sample(), Overlap(request, tally), asOf, Elapsed(since), notes);
        await WriteAsync(context, answer, PreviewJson.Default.PreviewAnswer, cancellationToken);
    }

    private static List<PreviewOverlap> Overlap(PreviewRequest request, PreviewTally tally)
    {
        var overlap = new List<PreviewOverlap>(request.CompareWith.Count);
        for (var i = 0; i < request.CompareWith.Count; i++)
        {
            overlap.Add(new PreviewOverlap(request.CompareWith[i], tally.Both[i], tally.Members - tally.Both[i], tally.Others[i] - tally.Both[i]));
        }

        return overlap;
    }

    private List<string> Notes(Condition written, CompiledCondition condition)
    {
        var touches = new Touches();
        condition.Touch(touches);
        var notes = touches.UnknownEvents.Order(StringComparer.Ordinal).Select(name => $"No event '{name}' has ever come.").ToList();
        notes.AddRange(ConditionProperties.Of(written)
            .Where(path => kept.Find(path) < 0)
            .Select(path => kept.Free > 0
                ? $"'{path}' is not kept with events: it will be from the moment on when a segment asks for it."
                : $"'{path}' is not kept with events, and no more properties can be: {KeptProperties.Max} are."));
        if (touches.Request)
        {
            notes.Add("It asks for the context of a request, so nobody is a member beforehand: counted are those whose latest event would do.");
        }

        return notes;
    }

    private double Elapsed(long since) => Math.Round(time.GetElapsedTime(since).TotalMilliseconds, 1);

    /// <summary>As one line, at once.</summary>
    private static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(context.Response.Body, value, type, cancellationToken);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
