using System.Buffers;
using System.Collections.Frozen;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Definitions;

/// <summary>
/// Applies changes of definitions where they stand in the log: the stages rest, time has come to the change's own, and who takes the kind is
/// told. Live and in a replay alike.
/// </summary>
internal sealed partial class DefinitionEntryHandler(
    DefinitionBook book, IProfileRebuild rest, DefinitionKinds kinds, DefinitionRefusals refusals, IEnumerable<IDefinitionObserver> observers, ILogger<DefinitionEntryHandler> logger)
    : ILogEntryHandler
{
    public byte Kind => DefinitionEntry.EntryKind;

    public LogEntry Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var entry = DefinitionEntry.Read(body);
        entry.FirstOffset = firstOffset;
        return entry;
    }

    public async ValueTask HandleAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        var (change, offset) = (((DefinitionEntry)entry).Change, entry.FirstOffset);
        entry.Release();
        if (change is not null)
        {
            await rest.RestAsync(change.AtMs, cancellationToken);
            Apply(change with { Offset = offset });
        }
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A change is one thing, so nothing of it is left.</summary>
    public void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        if (indexes.IsEmpty)
        {
            output.Write(body);
        }
    }

    private void Apply(DefinitionChange change)
    {
        try
        {
            var resolved = book.Resolve(change);
            if (kinds.Find(change.Kind) is not { } handler)
            {
                throw new DefinitionRefusedException($"Nobody takes definitions of the kind '{change.Kind}'.");
            }

            handler.Apply(resolved);
            book.Apply(resolved);
            foreach (var observer in observers)
            {
                observer.Applied(resolved);
            }
        }
        catch (DefinitionRefusedException refusal)
        {
            refusals.Add(change.Offset, refusal);
            LogRefused(change.Action, change.Kind, change.Offset, refusal.Message);
        }
        catch (Exception error) when (error is not DbException and not IOException) // The change is in the log: what ended the sequencer here would end it at every start again.
        {
            refusals.Add(change.Offset, new DefinitionRefusedException("It was written and then failed; the process's log says why. Nothing has changed."));
            LogFailed(error, change.Action, change.Kind, change.Offset);
        }
    }

    [LoggerMessage(EventId = 3000, Level = LogLevel.Warning, Message = "The {Action} of a {Kind} at offset {Offset} changes nothing: {Refusal}")]
    private partial void LogRefused(DefinitionAction action, string kind, long offset, string refusal);

    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "The {Action} of a {Kind} at offset {Offset} failed and is left out")]
    private partial void LogFailed(Exception error, DefinitionAction action, string kind, long offset);
}

/// <summary>Who takes which kind. Asked late: those who take definitions may themselves write some.</summary>
internal sealed class DefinitionKinds(Func<IEnumerable<IDefinitionHandler>> handlers)
{
    private readonly Lazy<FrozenDictionary<string, IDefinitionHandler>> _byKind =
        new(() => handlers().ToFrozenDictionary(handler => handler.Kind, StringComparer.Ordinal));

    public IDefinitionHandler? Find(string kind) => _byKind.Value.GetValueOrDefault(kind);
}

/// <summary>
/// Why the latest changes were refused at their places, for those who wait for them. An entry may be read from disk again, so what becomes
/// of it is told by its place. Bounded; whoever waits asks at once.
/// </summary>
internal sealed class DefinitionRefusals
{
    private const int Kept = 1_024;
    private readonly Lock _lock = new();
    private readonly Queue<(long Offset, DefinitionRefusedException Refusal)> _latest = new(Kept);

    public void Add(long offset, DefinitionRefusedException refusal)
    {
        lock (_lock)
        {
            if (_latest.Count == Kept)
            {
                _latest.Dequeue();
            }

            _latest.Enqueue((offset, refusal));
        }
    }

    public DefinitionRefusedException? Find(long offset)
    {
        lock (_lock)
        {
            return _latest.FirstOrDefault(each => each.Offset == offset).Refusal;
        }
    }
}
