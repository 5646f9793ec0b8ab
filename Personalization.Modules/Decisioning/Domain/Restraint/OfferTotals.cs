using System.Buffers.Binary;
using System.Collections.Concurrent;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>
/// How often each offer was shown and clicked in all. A place of a budget is taken before an answer has the offer, and what the log tells of answers of
/// this process is not counted twice. Any thread, without a lock.
/// </summary>
internal sealed class OfferTotals
{
    /// <summary>Offers that are counted: many times as many as there may be documents.</summary>
    private const int MaxOffers = 100_000;

    /// <summary>Answers on their way into the log.</summary>
    private const int MaxUnderWay = 200_000;

    /// <summary>What has not come back from the log by then never will: its event was left out on the way.</summary>
    private const long LostAfterMs = 600_000;

    private readonly ConcurrentDictionary<ulong, Total> _totals = new();
    private readonly ConcurrentDictionary<(ulong Decision, ulong Offer), long> _underWay = new();
    private int _waiting;

    /// <summary>How often it was shown, those under way included.</summary>
    public long ShownOf(ulong offer) => _totals.TryGetValue(offer, out var total) ? Interlocked.Read(ref total.Shown) : 0;

    /// <summary>The share of what was shown that is clicked, as far as one can say: an offer that nobody has seen starts with one click in twenty.</summary>
    public ClickShare ShareOf(ulong offer) => _totals.TryGetValue(offer, out var total)
        ? new ClickShare(Interlocked.Read(ref total.Clicked) + 1, Math.Max(Interlocked.Read(ref total.Logged) - Interlocked.Read(ref total.Clicked), 0) + 19)
        : new ClickShare(1, 19);

    /// <summary>Takes a place of the budget for an answer; false when none is left.</summary>
    public bool TryTake(ulong decision, ulong offer, long most, long nowMs)
    {
        if (Volatile.Read(ref _waiting) >= MaxUnderWay)
        {
            GiveUp(nowMs - LostAfterMs);
        }

        if (Volatile.Read(ref _waiting) >= MaxUnderWay || Find(offer) is not { } total || !_underWay.TryAdd((decision, offer), nowMs))
        {
            return false;
        }

        Interlocked.Increment(ref _waiting);

        var shown = Interlocked.Read(ref total.Shown);
        while (shown < most)
        {
            var found = Interlocked.CompareExchange(ref total.Shown, shown + 1, shown);
            if (found == shown)
            {
                return true;
            }

            shown = found;
        }

        Arrive(decision, offer);
        return false;
    }

    /// <summary>The answer does not have it after all.</summary>
    public void GiveBack(ulong decision, ulong offer)
    {
        if (Arrive(decision, offer) && _totals.TryGetValue(offer, out var total))
        {
            Interlocked.Decrement(ref total.Shown);
        }
    }

    /// <summary>The log did not take what the answer showed: it counts as long as the process runs.</summary>
    public void Lose(ulong decision, ulong offer) => Arrive(decision, offer);

    /// <summary>The log tells that an answer had it.</summary>
    public void Confirm(ulong decision, ulong offer)
    {
        if (Find(offer) is not { } total)
        {
            return;
        }

        Interlocked.Increment(ref total.Logged);
        total.IsDirty = true;
        if (!Arrive(decision, offer))
        {
            Interlocked.Increment(ref total.Shown);
        }
    }

    /// <summary>The log tells of a click. One on what was never shown means nothing.</summary>
    public void Click(ulong offer)
    {
        if (_totals.TryGetValue(offer, out var total))
        {
            Interlocked.Increment(ref total.Clicked);
            total.IsDirty = true;
        }
    }

    public void Load(CheckpointReader reader, byte table) => reader.Visit(table, (key, row) => _totals[(ulong)key] = new Total
    {
        Shown = BinaryPrimitives.ReadInt64LittleEndian(row),
        Logged = BinaryPrimitives.ReadInt64LittleEndian(row),
        Clicked = BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
    });

    /// <summary>While the stages rest.</summary>
    public void Collect(CheckpointWriter writer, byte table)
    {
        foreach (var (offer, total) in _totals.Where(pair => pair.Value.IsDirty))
        {
            var row = writer.Reserve(table, (long)offer, 2 * sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(row, Interlocked.Read(ref total.Logged));
            BinaryPrimitives.WriteInt64LittleEndian(row[8..], Interlocked.Read(ref total.Clicked));
            total.IsDirty = false;
        }
    }

    private bool Arrive(ulong decision, ulong offer)
    {
        var wasUnderWay = _underWay.TryRemove((decision, offer), out _);
        if (wasUnderWay)
        {
            Interlocked.Decrement(ref _waiting);
        }

        return wasUnderWay;
    }

    private void GiveUp(long beforeMs)
    {
        foreach (var ((decision, offer), sinceMs) in _underWay)
        {
            if (sinceMs < beforeMs)
            {
                Arrive(decision, offer);
            }
        }
    }

    private Total? Find(ulong offer) =>
        _totals.TryGetValue(offer, out var total) ? total : _totals.Count < MaxOffers ? _totals.GetOrAdd(offer, static _ => new Total()) : null;

    private sealed class Total
    {
        public long Shown;
        public long Logged;
        public long Clicked;
        public volatile bool IsDirty;
    }
}

/// <summary>What is known of how likely something is clicked, the first belief about it included.</summary>
/// <param name="Clicked">How often it was.</param>
/// <param name="Passed">How often it was not.</param>
internal readonly record struct ClickShare(double Clicked, double Passed)
{
    public float Expected => (float)(Clicked / (Clicked + Passed));

    /// <summary>As it may be: Thompson sampling.</summary>
    /// <param name="seed">From which the draw follows.</param>
    /// <param name="exploration">Factor of how unsure it is; with 0 the draw is what is expected.</param>
    public float Draw(ulong seed, float exploration) =>
        exploration == 0 ? Expected : Expected + (exploration * ((float)new Chance(seed).Beta(Clicked, Passed) - Expected));
}
