using System.Buffers;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>Fills versions of features with pieces of the log, while the stages rest. Live and in a replay alike.</summary>
internal sealed partial class FeatureFillHandler(
    FeatureFill fill, SegmentEngine segments, IProfileRebuild rest, CheckpointCoordinator checkpoints, TimeProvider time, ILogger<FeatureFillHandler> logger)
    : ILogEntryHandler
{
    private static readonly TimeSpan DiskPause = TimeSpan.FromSeconds(1);

    public byte Kind => FeatureFillEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = FeatureFillEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public async ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var piece = (FeatureFillEntry)entry;
        var offset = entry.FirstOffset;
        entry.Release();
        await rest.RestAsync(piece.AtMs, cancellationToken);
        if (fill.NeedsHomes(piece.FromOffset))
        {
            await WaitForDiskAsync(offset, cancellationToken);
        }

        await BackgroundWork.RunAsync(() => FillSafely(piece, offset), "feature fill", stepsBack: false);
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A piece speaks of nobody, and is never erased.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) => output.Write(body);

    private void FillSafely(FeatureFillEntry piece, long offset)
    {
        try
        {
            foreach (var complete in fill.Take(piece.FromOffset, piece.EndOffset, piece.AtMs))
            {
                LogFilled(complete.Version, complete.Id);

                // Whoever a version was made live for before it was complete sees its values change here.
                segments.AskEverybody(touches => touches.Features.Contains(complete.Id), offset);
            }
        }
        catch (Exception error) when (error is not DbException and not IOException) // The piece is in the log: what ended the sequencer here would end it at every start again.
        {
            LogFailed(error, piece.FromOffset, piece.EndOffset);
        }
    }

    /// <summary>Where events belong is complete when no rows are on their way to disk; rows that the disk refuses are carried by the next cut.</summary>
    private async ValueTask WaitForDiskAsync(long offset, CancellationToken cancellationToken)
    {
        while (!await checkpoints.WaitAsync())
        {
            await Task.Delay(DiskPause, time, cancellationToken);
            await checkpoints.BeginAsync(offset);
        }
    }

    [LoggerMessage(EventId = 4151, Level = LogLevel.Information, Message = "Version {Version} of the feature {Feature} has taken in the log before it")]
    private partial void LogFilled(int version, string feature);

    [LoggerMessage(EventId = 4152, Level = LogLevel.Error, Message = "Features could not take in the log from offset {From} to {End}; what is left of it is missing from them")]
    private partial void LogFailed(Exception error, long from, long end);
}
