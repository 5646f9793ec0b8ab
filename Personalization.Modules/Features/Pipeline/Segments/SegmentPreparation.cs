using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>
/// Fills versions that were put, on a thread that steps back before everything else; and has those activated, through the log, that need not
/// wait for anybody's word: the first of a segment, and those that say so. What a crash interrupts is taken up by the next start, because
/// it goes by what stands prepared.
/// </summary>
internal sealed partial class SegmentPreparation(
    SegmentEngine engine, Func<IDefinitionLog> definitions, PipelinePosition position, TimeProvider time, ILogger<SegmentPreparation> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly AsyncSignal _wake = new();

    /// <summary>There is something to prepare.</summary>
    public void Wake() => _wake.Wake();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = time.CreateTimer(static signal => ((AsyncSignal)signal!).Wake(), _wake, Retry, Retry);
        using var stopping = stoppingToken.Register(static signal => ((AsyncSignal)signal!).Wake(), _wake);
        while (!stoppingToken.IsCancellationRequested)
        {
            await _wake.WaitAsync();
            if (position.IsCaughtUp && engine.Fills.Any(fill => !fill.Version.IsFilled || IsToActivate(fill.Version)))
            {
                await PrepareSafelyAsync(stoppingToken);
            }
        }
    }

    private async Task PrepareSafelyAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var fill in engine.Fills)
            {
                await BackgroundWork.RunAsync(() => Fill(fill, stoppingToken), "segment preparation");
                if (fill.Version.IsFilled && IsToActivate(fill.Version) && !stoppingToken.IsCancellationRequested)
                {
                    await ActivateAsync(fill.Version, stoppingToken);
                }
            }
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested) // The loop must outlive a full disk, and a condition that fails: what waits is tried again, and named.
        {
            LogFailed(error);
        }
    }

    private static void Fill(SegmentFill fill, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && !fill.Advance())
        {
            Thread.Yield();
        }
    }

    private bool IsToActivate(SegmentVersion version)
    {
        var set = engine.Roster.Set;
        return set.Find(version.Id) is var number and >= 0
            && set.Segments[number] is var segment
            && segment.Prepared.Contains(version)
            && (segment.Live is null || version.Definition.ActivatesWhenReady);
    }

    private async Task ActivateAsync(SegmentVersion version, CancellationToken stoppingToken)
    {
        var change = new DefinitionChange(
            SegmentDefinitions.KindName, version.Id, DefinitionAction.Activate, version.Number, default, "personalization", time.GetUtcNow().ToUnixTimeMilliseconds());
        await definitions().AppendAsync(change, stoppingToken);
        LogActivated(version.Id, version.Number, version.Members.Count);
    }

    [LoggerMessage(EventId = 3061, Level = LogLevel.Warning, Message = "Preparing segments failed; it is tried again")]
    private partial void LogFailed(Exception error);

    [LoggerMessage(EventId = 3062, Level = LogLevel.Information, Message = "Segment {Segment} is live in version {Version} with {Members} members")]
    private partial void LogActivated(string segment, int version, int members);
}
