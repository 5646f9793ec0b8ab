using System.Text.Json;
using Personalization.Decisioning.Domain;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// The models as the kernel persists and erases them. Personal data are the sessions, which are kept under their profile: erasure
/// removes them from memory at once and from the file with the next checkpoint. What an erased shopper added to popularity
/// and to what goes together stays: these are counts over everyone, from which nobody can be found again.
/// </summary>
[ReplayRows(Sessions, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(Sessions + 1, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(ViewedTogether, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(BoughtTogether, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(Popularity, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(ContextPopularity, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
[ReplayRows(Popularity + 1, RowForm.NotCompared, Shared, OnlyWherePartitioned = true)]
internal sealed class DecisioningState(LearnedModels models, ICatalog? catalog = null) : ICheckpointed, IPersonalDataStore
{
    private const string Shared = "Learned from all shoppers in the order in which the partitions came to it.";

    // Each model takes the tables from its own on.
    private const byte Sessions = 1;
    private const byte ViewedTogether = 4;
    private const byte BoughtTogether = 6;
    private const byte Popularity = 8;
    private const byte ContextPopularity = 21;

    public string FileName => "decisioning";

    public int Version => 1;

    public string Name => "decisioning/sessions";

    public void Load(CheckpointReader reader)
    {
        models.Sessions.Load(reader, Sessions);
        models.ViewedTogether.Load(reader, ViewedTogether);
        models.BoughtTogether.Load(reader, BoughtTogether);
        models.Popularity.Load(reader, Popularity);
        models.ContextPopularity.Load(reader, ContextPopularity);
    }

    public void Collect(CheckpointWriter writer)
    {
        models.Sessions.Collect(writer, Sessions);
        models.ViewedTogether.Collect(writer, ViewedTogether);
        models.BoughtTogether.Collect(writer, BoughtTogether);
        models.Popularity.Collect(writer, Popularity);
        models.ContextPopularity.Collect(writer, ContextPopularity);
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var profile in subject.ProfileIds)
        {
            erased += models.Sessions.Erase(profile);
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(profile => (long)models.Sessions.SessionsOf(profile).Count));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var items = new int[SessionBlocks.Largest];
        json.WriteStartArray();
        foreach (var (serial, lastMs) in subject.ProfileIds.Order().SelectMany(models.Sessions.SessionsOf))
        {
            json.WriteStartObject();
            json.WriteNumber("lastEventAtMs", lastMs);
            json.WriteStartArray("items");
            foreach (var item in items.AsSpan(0, models.Sessions.CopyNewest(serial, items)))
            {
                json.WriteStringValue(catalog?.IdOf(item) ?? item.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return default;
    }
}
