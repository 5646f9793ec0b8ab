using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>
/// What shoppers were shown, and so what they may still be shown. An offer is promised to an answer under the lock of its shopper's stripe, held for
/// less than a microsecond: caps are counted and the promise is made as one, so of many answers at once none is one too many. The log's events take the
/// promises' place; promises alone are not stored.
/// </summary>
[ReplayRows(TotalTable, RowForm.NotCompared, "A click counts once its offer was shown to anybody, whose partition may be behind.", OnlyWherePartitioned = true)]
internal sealed class ShopperLedger : ICheckpointed, IPersonalDataStore, IOwnership
{
    private const byte ShopperTable = 1;
    private const byte TotalTable = 2;

    private readonly ShopperRecords<ShopperRecord> _records = new(ShopperTable);
    private readonly ICatalog _catalog;
    private readonly ItemColumn<bool> _once;
    private readonly RestraintPolicy _policy;

    public ShopperLedger(IOptions<RestraintOptions> options, ICatalog catalog)
    {
        _catalog = catalog;
        _policy = new RestraintPolicy(options.Value);
        _once = new ItemColumn<bool>(catalog, (_, item) => OnceItems.IsOnce(item));
    }

    public OfferTotals Totals { get; } = new();

    public string FileName => "restraint";

    public int Version => 1;

    public string Name => "decisioning/restraint";

    public bool Has(int profileId, int item)
    {
        if (_records.Find(profileId) is not { } record || !_once[item])
        {
            return false;
        }

        lock (_records.LockOf(profileId))
        {
            return record.Has(item);
        }
    }

    /// <summary>Keeps out of an answer what the shopper has for good, and what they dismissed lately.</summary>
    public void Exclude(int profileId, long nowMs, ItemFilter filter)
    {
        if (_records.Find(profileId) is not { } record)
        {
            return;
        }

        lock (_records.LockOf(profileId))
        {
            foreach (var bought in record.Bought)
            {
                if (_once[(int)bought.Key])
                {
                    filter.Exclude((int)bought.Key);
                }
            }

            foreach (var dismissed in record.Dismissed)
            {
                if (dismissed.Key <= int.MaxValue && dismissed.AtMs >= nowMs - _policy.DismissedMs)
                {
                    filter.Exclude((int)dismissed.Key);
                }
            }
        }
    }

    /// <summary>Chooses offers in the order of the candidates, and promises them to the answer.</summary>
    /// <param name="question">Who, where and when.</param>
    /// <param name="candidates">Best first; gets what became of each.</param>
    /// <param name="wanted">Offers at most.</param>
    /// <returns>How many were chosen.</returns>
    public int Promise(in OfferQuestion question, Span<OfferCandidate> candidates, int wanted)
    {
        if (question.ProfileId < 0)
        {
            return Choose(in question, candidates, wanted, null);
        }

        var record = _records.Ensure(question.ProfileId);
        lock (_records.LockOf(question.ProfileId))
        {
            return Choose(in question, candidates, wanted, record);
        }
    }

    /// <summary>The answer does not have them after all.</summary>
    public void TakeBack(in OfferQuestion question, Span<OfferCandidate> candidates)
    {
        foreach (ref var candidate in candidates)
        {
            if (candidate.Outcome != OfferOutcome.Shown)
            {
                continue;
            }

            candidate.Outcome = OfferOutcome.NotCounted;
            Totals.GiveBack(question.Decision, candidate.Offer.Key);
            if (_records.Find(question.ProfileId) is { } record)
            {
                lock (_records.LockOf(question.ProfileId))
                {
                    RemovePromise(record, question.Decision, candidate.Offer.Key);
                }
            }
        }
    }

    /// <summary>The log tells of an offer that was shown. The profile's loop only, as all that follows.</summary>
    public void Show(int profileId, in Impression shown)
    {
        var record = _records.Ensure(profileId);
        lock (_records.LockOf(profileId))
        {
            if (shown.Decision != 0)
            {
                RemovePromise(record, shown.Decision, shown.Offer);
            }

            record.Add(in shown);
            _records.MarkDirty(profileId, record);
        }
    }

    public void Click(int profileId, long atMs) =>
        Change(profileId, (0UL, atMs), static (record, said) => record.ClickedAtMs = Math.Max(record.ClickedAtMs, said.AtMs));

    /// <param name="profileId">Whose.</param>
    /// <param name="key">Number of an item, or key of an offer.</param>
    /// <param name="atMs">Unix ms.</param>
    public void Dismiss(int profileId, ulong key, long atMs) => Change(profileId, (key, atMs), static (record, said) => record.Dismiss(said.Key, said.AtMs));

    public void Buy(int profileId, int item, long atMs) => Change(profileId, ((uint)item, atMs), static (record, said) => record.Buy((int)said.Key, said.AtMs));

    public void Return(int profileId, int item) => Change(profileId, ((uint)item, 0), static (record, said) => record.Return((int)said.Key));

    public void Merge(int fromProfileId, int intoProfileId) => _records.Merge(fromProfileId, intoProfileId);

    /// <summary>What the log says of a profile is forgotten. The profile's loop, or anyone while the pipeline rests.</summary>
    public bool Forget(int profileId) => _records.Forget(profileId);

    public void Load(CheckpointReader reader)
    {
        _records.Load(reader);
        Totals.Load(reader, TotalTable);
    }

    public void Collect(CheckpointWriter writer)
    {
        _records.Collect(writer);
        Totals.Collect(writer, TotalTable);
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_records.Erase(subject));

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) => ValueTask.FromResult(_records.Count(subject));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        _records.Export(subject, json, record => RestraintExport.Write(json, record, _catalog));
        return default;
    }

    private int Choose(in OfferQuestion question, Span<OfferCandidate> candidates, int wanted, ShopperRecord? record)
    {
        var chosen = 0;
        foreach (ref var candidate in candidates)
        {
            if (chosen >= wanted)
            {
                candidate.Outcome = OfferOutcome.NoRoom;
                continue;
            }

            var impression = new Impression(candidate.Offer.Key, question.Decision, question.NowMs, question.Placement, question.Channel);
            candidate.Outcome = _policy.Judge(record, candidate.Offer, in impression, question.SessionSinceMs);
            if (candidate.Outcome != OfferOutcome.Shown)
            {
                continue;
            }

            var isLeft = question.IsTrial
                ? Totals.ShownOf(candidate.Offer.Key) < candidate.Offer.MaxImpressions
                : Totals.TryTake(question.Decision, candidate.Offer.Key, candidate.Offer.MaxImpressions, question.NowMs);
            candidate.Outcome = isLeft ? OfferOutcome.Shown : OfferOutcome.BudgetSpent;
            chosen += isLeft ? 1 : 0;
            if (isLeft)
            {
                record?.Promised.Add(impression);
            }
        }

        if (question.IsTrial)
        {
            // What a trial promised to itself, so that its offers see each other, is taken back at once.
            record?.Promised.RemoveRange(record.Promised.Count - chosen, chosen);
        }

        return chosen;
    }

    private void Change(int profileId, (ulong Key, long AtMs) said, Action<ShopperRecord, (ulong Key, long AtMs)> change)
    {
        var record = _records.Ensure(profileId);
        lock (_records.LockOf(profileId))
        {
            change(record, said);
            _records.MarkDirty(profileId, record);
        }
    }

    private static void RemovePromise(ShopperRecord record, ulong decision, ulong offer)
    {
        for (var i = 0; i < record.Promised.Count; i++)
        {
            if (record.Promised[i].Decision == decision && record.Promised[i].Offer == offer)
            {
                record.Promised.RemoveAt(i);
                return;
            }
        }
    }
}
