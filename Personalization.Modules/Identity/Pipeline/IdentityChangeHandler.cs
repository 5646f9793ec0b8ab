using System.Buffers;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Personalization.Identity.Domain;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// Applies administrative changes where they stand in the log, after every event before and before every event after them, live and in a
/// replay alike.
/// </summary>
internal sealed partial class IdentityChangeHandler(
    IdentityChanges changes, IProfileRebuild rebuild, CheckpointCoordinator checkpoints, TimeProvider time, ILogger<IdentityChangeHandler> logger)
    : ILogEntryHandler
{
    private static readonly TimeSpan DiskPause = TimeSpan.FromSeconds(1);

    public byte Kind => IdentityChangeEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = IdentityChangeEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public async ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var (change, offset) = (((IdentityChangeEntry)entry).Change, entry.FirstOffset);
        entry.Release();
        if (change.Kind == IdentityChangeKind.Erased)
        {
            return;
        }

        await rebuild.RestAsync(cancellationToken);
        await WaitForDiskAsync(offset, cancellationToken);
        try
        {
            var refusal = await changes.ApplyAsync(change, offset, cancellationToken);
            if (refusal is not null)
            {
                LogRefused(change.Kind, offset, refusal);
            }
        }
        catch (Exception error) when (error is not DbException and not IOException and not OperationCanceledException) // The change is in the log: what ended the sequencer here would end it at every start again.
        {
            LogChangeFailed(error, change.Kind, offset);
        }
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A change speaks of one person, so nothing of it is left.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        if (indexes.IsEmpty)
        {
            output.Write(body);
        }
        else
        {
            new IdentityChangeEntry(IdentityChange.Erased).WriteTo(output);
        }
    }

    /// <summary>
    /// Rows that are on their way to disk can be read in neither place. One that the disk refuses is carried by the next cut: without
    /// it events would be missing from a profile that is made anew.
    /// </summary>
    private async ValueTask WaitForDiskAsync(long offset, CancellationToken cancellationToken)
    {
        while (!await checkpoints.WaitAsync())
        {
            LogWaitsForDisk(offset);
            await Task.Delay(DiskPause, time, cancellationToken);
            await checkpoints.BeginAsync(offset);
        }
    }

    [LoggerMessage(EventId = 2050, Level = LogLevel.Warning, Message = "The {Kind} at offset {Offset} changes nothing: {Refusal}")]
    private partial void LogRefused(IdentityChangeKind kind, long offset, string refusal);

    [LoggerMessage(EventId = 2051, Level = LogLevel.Error, Message = "The {Kind} at offset {Offset} failed")]
    private partial void LogChangeFailed(Exception error, IdentityChangeKind kind, long offset);

    [LoggerMessage(EventId = 2052, Level = LogLevel.Warning, Message = "The change of identity at offset {Offset} waits for a checkpoint that the disk has refused")]
    private partial void LogWaitsForDisk(long offset);
}
