using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
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
    private const int Stripes = 256;

    private readonly ChunkedArray<ProductRecord?> _records = new();
    private readonly Lock _growing = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly List<int> _dirty = [];
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
        if (Find(question.ProfileId) is not { } record)
        {
            return;
        }

        lock (StripeOf(question.ProfileId))
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
        var record = Ensure(question.ProfileId);
        room.Clear();
        lock (StripeOf(question.ProfileId))
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
        var record = Ensure(profileId);
        lock (StripeOf(profileId))
        {
            record.Confirm(decision);
            foreach (var item in items)
            {
                record.Add(new SeenProduct(decision, atMs, item, placement));
            }

            MarkDirty(profileId, record);
        }
    }

    public void Click(int profileId, int item, long atMs)
    {
        if (Find(profileId) is not { } record)
        {
            return;
        }

        lock (StripeOf(profileId))
        {
            if (record.Click(item, atMs))
            {
                MarkDirty(profileId, record);
            }
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(fromProfileId) is not { } from)
        {
            return;
        }

        var into = Ensure(intoProfileId);
        var (first, second) = (Math.Min(StripeNumber(fromProfileId), StripeNumber(intoProfileId)), Math.Max(StripeNumber(fromProfileId), StripeNumber(intoProfileId)));
        lock (_stripes[first])
        {
            lock (_stripes[second])
            {
                into.Take(from);
                MarkDirty(fromProfileId, from);
                MarkDirty(intoProfileId, into);
                _records[fromProfileId] = null;
            }
        }
    }

    /// <summary>What the log says of a profile is forgotten. The profile's loop, or anyone while the pipeline rests.</summary>
    public bool Forget(int profileId)
    {
        if (Find(profileId) is not { } record)
        {
            return false;
        }

        lock (StripeOf(profileId))
        {
            var had = !record.IsEmpty;
            record.Shown.Clear();
            MarkDirty(profileId, record);
            return had;
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(Table, (id, row) => _records.Ensure((int)id) = ProductRecord.Decode(row));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profileId in _dirty)
        {
            if (Find(profileId) is not { } record)
            {
                writer.Delete(Table, profileId);
                continue;
            }

            lock (StripeOf(profileId))
            {
                record.IsDirty = false;
                if (record.IsEmpty)
                {
                    writer.Delete(Table, profileId);
                }
                else
                {
                    writer.Put(Table, profileId, record.Encode());
                }
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var profileId in subject.ProfileIds)
        {
            erased += Forget(profileId) ? 1 : 0;
            if (Find(profileId) is not null)
            {
                _records[profileId] = null;
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(profileId => Find(profileId) is { IsEmpty: false }));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profileId in subject.ProfileIds.Order())
        {
            if (Find(profileId) is not { IsEmpty: false } record)
            {
                continue;
            }

            lock (StripeOf(profileId))
            {
                foreach (var seen in record.Shown)
                {
                    json.WriteStartObject();
                    json.WriteString("product"u8, catalog.IdOf(seen.Item));
                    json.WriteString("shownAt"u8, DateTimeOffset.FromUnixTimeMilliseconds(seen.AtMs));
                    json.WriteBoolean("clicked"u8, seen.IsClicked != 0);
                    json.WriteEndObject();
                }
            }
        }

        json.WriteEndArray();
        return default;
    }

    /// <summary>Only stages change what is stored, and none runs while it is collected.</summary>
    private void MarkDirty(int profileId, ProductRecord record)
    {
        if (record.IsDirty)
        {
            return;
        }

        record.IsDirty = true;
        lock (_growing)
        {
            _dirty.Add(profileId);
        }
    }

    private ProductRecord? Find(int profileId) => profileId >= 0 && profileId < _records.Capacity ? Volatile.Read(ref _records[profileId]) : null;

    private ProductRecord Ensure(int profileId)
    {
        if (Find(profileId) is { } known)
        {
            return known;
        }

        lock (_growing)
        {
            return _records.Ensure(profileId) ??= new ProductRecord();
        }
    }

    private static int StripeNumber(int profileId) => (int)((uint)profileId * 2_654_435_769 >> 24);

    private Lock StripeOf(int profileId) => _stripes[StripeNumber(profileId)];
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
