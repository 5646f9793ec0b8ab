using System.Text.Json;
using Personalization.Decisioning.Domain;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Pipeline.Models;

/// <summary>
/// What shoppers bought, as the kernel persists and erases it. Models that were trained before somebody was erased hold sums over at least
/// several buyers; the next one, which the erasure makes due, does not know the person.
/// </summary>
internal sealed class PurchaseState(LearnedModels models, ICatalog catalog) : ICheckpointed, IPersonalDataStore
{
    private const byte Purchases = 20;

    public string FileName => "decisioning";

    public int Version => 1;

    public string Name => "decisioning/purchases";

    public void Load(CheckpointReader reader) => models.Purchases.Load(reader, Purchases);

    public void Collect(CheckpointWriter writer) => models.Purchases.Collect(writer, Purchases);

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(profile => (long)models.Purchases.Erase(profile)));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(profile => (long)models.Purchases.Of(profile).Length));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profile in subject.ProfileIds.Order())
        {
            foreach (var purchase in models.Purchases.Of(profile))
            {
                json.WriteStartObject();
                json.WriteString("item", catalog.IdOf(purchase.Item));
                json.WriteString("boughtAt", DateTimeOffset.FromUnixTimeMilliseconds(purchase.TimeMs));
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        return default;
    }
}
