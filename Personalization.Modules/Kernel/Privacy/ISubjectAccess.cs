using System.Text.Json;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Privacy;

/// <summary>Reads what all registered stores know of a person: to tell before an erasure what it will remove, and to give a copy.</summary>
public interface ISubjectAccess
{
    /// <summary>
    /// Finds the subject while the pipeline rests and a checkpoint has just been taken, so that nothing of it is missed, and counts
    /// in each store, by its name, what an erasure would remove.
    /// </summary>
    Task<SubjectCounts> CountAsync(Func<ErasureSubject> find, CancellationToken cancellationToken);

    /// <summary>
    /// The same moment as an object with one property for each store, written into <paramref name="json"/>, which is flushed after
    /// each store.
    /// </summary>
    /// <returns>Who it was about.</returns>
    Task<ErasureSubject> ExportAsync(Func<ErasureSubject> find, Utf8JsonWriter json, CancellationToken cancellationToken);
}

/// <summary>What there is of a person.</summary>
/// <param name="Subject">Who it is.</param>
/// <param name="Stores">Things by name of the store.</param>
public sealed record SubjectCounts(ErasureSubject Subject, IReadOnlyDictionary<string, long> Stores);

internal sealed class SubjectAccess(Sequencer sequencer, IEnumerable<IPersonalDataStore> stores) : ISubjectAccess
{
    public async Task<SubjectCounts> CountAsync(Func<ErasureSubject> find, CancellationToken cancellationToken)
    {
        SubjectCounts? counts = null;
        await sequencer.AtRestAsync(
            async () =>
            {
                await sequencer.CheckpointAtRestAsync();
                var subject = find();
                var found = new Dictionary<string, long>(StringComparer.Ordinal);
                foreach (var store in stores)
                {
                    found.Add(store.Name, await store.CountAsync(subject, cancellationToken));
                }

                counts = new SubjectCounts(subject, found);
            },
            cancellationToken);
        return counts!;
    }

    public async Task<ErasureSubject> ExportAsync(Func<ErasureSubject> find, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        ErasureSubject? subject = null;
        await sequencer.AtRestAsync(
            async () =>
            {
                await sequencer.CheckpointAtRestAsync();
                subject = find();
                json.WriteStartObject();
                foreach (var store in stores)
                {
                    json.WritePropertyName(store.Name);
                    await store.ExportAsync(subject, json, cancellationToken);
                    await json.FlushAsync(cancellationToken);
                }

                json.WriteEndObject();
            },
            cancellationToken);
        return subject!;
    }
}
