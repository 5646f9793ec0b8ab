using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>
/// What products shoppers were shown, and so which they have seen enough of. Asked twice in a decision: before parts propose, so that others take their
/// places, and when the answer is sealed, where it is judged and promised as one under the lock of its shopper's stripe, so that of many answers at once
/// none shows a product once too often. The log's events take the promises' place; promises alone are not stored.
/// </summary>
internal sealed class ProductLedger(IOptions<ProductRestraintOptions> options, ICatalog catalog) : ICheckpointed, IPersonalDataStore
{
    private const byte Table = 122;

    private readonly ShopperRecords<ProductRecord> _records = new(Table);
    private readonly ProductPolicy _policy = new(options.Value);

    public string FileName => "shown-products";

    public int Version => 1;

    public string Name => "decisioning/shown-products";

    /// <summary>Whether what the placement shows is counted.</summary>
    public bool Counts(uint placement) => _policy.Counts(placement);

    /// <summary>Whether a shopper may have seen enough of something for the placement.</summary>
    public bool Asks(uint placement) => _policy.Asks(placement);

    /// <summary>Keeps out of an answer what the shopper has seen enough of.</summary>
    /// <param name="question">Who, where and when.</param>
    /// <param name="room">Afterwards <see cref="ProductScratch.Enough"/> has what is kept out; whatever it held was another shopper's.</param>
    /// <param name="filter">Of the answer.</param>
    public void Exclude(in ProductQuestion question, ProductScratch room, ItemFilter filter)
    {
        room.Clear();
        if (_records.Find(question.ProfileId) is not { } record)
        {
            return;
        }

        lock (_records.LockOf(question.ProfileId))
        {
            _policy.Find(record, in question, room.Counts, room.Enough);
        }

        foreach (var item in room.Enough)
        {
            filter.Exclude(item);
        }
    }

    /// <summary>Chooses an answer's products in their order, and promises them to it.</summary>
    /// <param name="question">Who, where and when.</param>
    /// <param name="room">Afterwards <see cref="ProductScratch.Enough"/> has what may not be shown.</param>
    /// <param name="slate">The chosen ones come first afterwards.</param>
    /// <param name="wanted">At most.</param>
    /// <param name="isPromised">False when it is only asked.</param>
    /// <returns>How many were chosen.</returns>
    public int Promise(in ProductQuestion question, ProductScratch room, Span<SlateEntry> slate, int wanted, bool isPromised)
    {
        var record = _records.Ensure(question.ProfileId);
        room.Clear();
        lock (_records.LockOf(question.ProfileId))
        {
            _policy.Find(record, in question, room.Counts, room.Enough);
            var chosen = 0;
            for (var i = 0; i < slate.Length && chosen < wanted; i++)
            {
                if (room.Enough.Contains(slate[i].Item))
                {
                    continue;
                }

                slate[chosen] = slate[i];
                if (isPromised)
                {
                    record.Promise(new SeenProduct(question.Decision, question.NowMs, slate[i].Item, question.Placement));
                }

                chosen++;
            }

            return chosen;
        }
    }

    /// <summary>The log tells of an answer. The profile's loop only, as all that follows.</summary>
    public void Show(int profileId, ulong decision, uint placement, long atMs, ReadOnlySpan<int> items)
    {
        var record = _records.Ensure(profileId);
        lock (_records.LockOf(profileId))
        {
            record.Confirm(decision);
            foreach (var item in items)
            {
                record.Add(new SeenProduct(decision, atMs, item, placement));
            }

            _records.MarkDirty(profileId, record);
        }
    }

    public void Click(int profileId, int item, long atMs)
    {
        if (_records.Find(profileId) is not { } record)
        {
            return;
        }

        lock (_records.LockOf(profileId))
        {
            if (record.Click(item, atMs))
            {
                _records.MarkDirty(profileId, record);
            }
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => _records.Merge(fromProfileId, intoProfileId);

    /// <summary>What the log says of a profile is forgotten. The profile's loop, or anyone while the pipeline rests.</summary>
    public bool Forget(int profileId) => _records.Forget(profileId);

    public void Load(CheckpointReader reader) => _records.Load(reader);

    public void Collect(CheckpointWriter writer) => _records.Collect(writer);

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_records.Erase(subject));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_records.Count(subject));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        _records.Export(subject, json, record =>
        {
            foreach (var seen in record.Shown)
            {
                json.WriteStartObject();
                json.WriteString("product"u8, catalog.IdOf(seen.Item));
                json.WriteString("shownAt"u8, DateTimeOffset.FromUnixTimeMilliseconds(seen.AtMs));
                json.WriteBoolean("clicked"u8, seen.IsClicked != 0);
                json.WriteEndObject();
            }
        });
        return default;
    }
}

/// <summary>Room that one decision counts in. Pooled with its context.</summary>
internal sealed class ProductScratch
{
    public Dictionary<int, int> Counts { get; } = new(ProductRecord.MaxShown);

    /// <summary>Items that the shopper has seen enough of.</summary>
    public HashSet<int> Enough { get; } = new(ProductRecord.MaxShown);

    public void Clear()
    {
        Counts.Clear();
        Enough.Clear();
    }
}
