using System.Data.Common;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Features.Pipeline.Definitions;

/// <inheritdoc cref="IDefinitionLog"/>
internal sealed class DefinitionLog(DefinitionBook book, IEventLog log, IPipelineStatus pipeline, DefinitionRefusals refusals, DefinitionKinds kinds) : IDefinitionLog
{
    public async Task<long> AppendAsync(DefinitionChange change, CancellationToken cancellationToken)
    {
        if (!DefinitionId.IsValid(change.Id) || kinds.Find(change.Kind) is null)
        {
            throw new ArgumentException($"A definition needs a kind that somebody takes and a valid id; this is {change.Kind} '{change.Id}'.", nameof(change));
        }

        // What is refused now would be refused in the log too, unless another change comes first: nothing is written in vain.
        _ = book.Resolve(change);
        var offset = await CommitAsync(new DefinitionEntry(change with { Offset = -1 }));
        await pipeline.WaitUntilAppliedAsync(cancellationToken);
        return refusals.Find(offset) is { } refusal ? throw new DefinitionRefusedException(refusal.Message, refusal.IsUnknown) : offset;
    }

    public IReadOnlyList<DefinitionChange> VersionsOf(string kind, string id) => book.VersionsOf(kind, id);

    public IReadOnlyList<(string Id, int LiveVersion)> List(string kind) => book.List(kind);

    private async Task<long> CommitAsync(DefinitionEntry entry)
    {
        try
        {
            return log.TryAppend(entry) switch
            {
                Admission.Accepted => await entry.Committed,
                Admission.Stopping => throw new DefinitionQueueException("The process is stopping.", isStopping: true),
                _ => throw new DefinitionQueueException("More waits for the log than may.", isStopping: false),
            };
        }
        catch (DbException error)
        {
            throw new IOException("The change could not be written to disk.", error);
        }
        finally
        {
            entry.Release();
        }
    }
}
