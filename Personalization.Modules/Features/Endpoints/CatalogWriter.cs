using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;

namespace Personalization.Features.Endpoints;

/// <summary>Puts catalogue changes into the log and waits until they are on disk.</summary>
internal sealed partial class CatalogWriter(IEventLog log, TimeProvider time, ILogger<CatalogWriter> logger)
{
    private const int RetryAfterSeconds = 1;
    private const int Patience = 40;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Null when committed, else why not.</summary>
    public async ValueTask<Problem?> AppendAsync(CatalogChange[] changes)
    {
        var entry = new CatalogEntry(changes);
        try
        {
            var refusal = ProblemOf(log.TryAppend(entry));
            if (refusal is null)
            {
                await entry.Committed;
            }

            return refusal;
        }
        catch (Exception error) // Whatever the disk says, the shop hears that its change was not taken, and sends it again.
        {
            LogCommitFailed(error, changes.Length);
            return CatalogProblems.CommitFailed;
        }
        finally
        {
            entry.Release();
        }
    }

    /// <summary>
    /// The same for a later part of a large upload: it waits up to ten seconds for room, since starting over costs everybody more.
    /// </summary>
    public async ValueTask<Problem?> AppendPatientlyAsync(CatalogChange[] changes, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var problem = await AppendAsync(changes);
            if (problem?.Status != StatusCodes.Status429TooManyRequests || attempt == Patience)
            {
                return problem;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The answer that tells of a refusal.</summary>
    public static IResult Refuse(HttpContext context, Problem problem, string? detail = null)
    {
        if (problem.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        }

        return problem.ToResult(detail);
    }

    private static Problem? ProblemOf(Admission admission) => admission switch
    {
        Admission.Accepted => null,
        Admission.LaneFull => CatalogProblems.LaneFull,
        Admission.PipelineBehind => CatalogProblems.PipelineBehind,
        _ => CatalogProblems.Stopping,
    };

    [LoggerMessage(EventId = 4001, Level = LogLevel.Error, Message = "{Changes} catalogue changes were refused because they could not be committed")]
    private partial void LogCommitFailed(Exception error, int changes);
}
