using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Quality;

namespace Personalization.Tracking.Pipeline.Quality;

/// <summary>Shares of refused, repeated and late events, for each series and for each source as a whole. One thread.</summary>
internal sealed class ShareJudge(QualityWatch watch, ISourceRegister sources, QualityOptions options)
{
    private const int Whole = -1;
    private readonly Dictionary<(ushort SourceId, int Series), Shares> _shares = [];
    private readonly Dictionary<ushort, Tally> _wholes = [];
    private Dictionary<(ushort SourceId, int Series), int> _refused = [];
    private long _slot;

    /// <summary>Begins a slot: with everything that was refused up to now.</summary>
    public void Begin(long slot)
    {
        _slot = slot;
        _refused = new Dictionary<(ushort, int), int>(watch.Refusals.Take());
        _wholes.Clear();
    }

    /// <summary>Takes in what was counted of a series.</summary>
    public void Add(int series, ushort sourceId, SlotCount count)
    {
        _refused.Remove((sourceId, series), out var refused);
        var tally = new Tally(refused, count.Duplicates, count.Late, count.Accepted);
        if (series != SeriesDirectory.Other)
        {
            AddTo(sourceId, series, tally);
            _wholes[sourceId] = _wholes.GetValueOrDefault(sourceId).Plus(tally);
        }
    }

    /// <summary>Judges everything. What was refused without a series counts for its source.</summary>
    public void End(long nowMs)
    {
        foreach (var ((sourceId, _), refused) in _refused)
        {
            _wholes[sourceId] = _wholes.GetValueOrDefault(sourceId).Plus(new Tally(refused, 0, 0, 0));
        }

        foreach (var (sourceId, tally) in _wholes)
        {
            AddTo(sourceId, Whole, tally);
        }

        foreach (var ((sourceId, series), shares) in _shares)
        {
            Judge(QualityFlagKind.InvalidShare, sourceId, series, shares.Invalid, options.InvalidShare, "were refused", nowMs);
            Judge(QualityFlagKind.DuplicateShare, sourceId, series, shares.Duplicate, options.DuplicateShare, "bear a message id that was seen before", nowMs);
            Judge(QualityFlagKind.LateShare, sourceId, series, shares.Late, options.LateShare, "happened more than a day before they came", nowMs);
        }
    }

    public (double Invalid, double Duplicate, double Late) Of(int series, ushort sourceId) =>
        _shares.TryGetValue((sourceId, series), out var shares)
            ? (shares.Invalid.Judge(1).Share, shares.Duplicate.Judge(1).Share, shares.Late.Judge(1).Share)
            : default;

    public string NameOf(ushort sourceId) => sourceId == 0 ? "(unknown)" : sources.NameOf(sourceId);

    private void AddTo(ushort sourceId, int series, in Tally tally)
    {
        if (!_shares.TryGetValue((sourceId, series), out var shares))
        {
            _shares[(sourceId, series)] = shares = new Shares();
        }

        var taken = tally.Accepted + tally.Duplicates;
        shares.Invalid.Add(_slot, tally.Refused, tally.Refused + taken);
        shares.Duplicate.Add(_slot, tally.Duplicates, taken);
        shares.Late.Add(_slot, tally.Late, tally.Accepted);
    }

    private void Judge(QualityFlagKind kind, ushort sourceId, int series, ShareWindow window, double bound, string what, long nowMs)
    {
        var judgement = window.Judge(bound);
        var key = new FlagKey(kind, sourceId, series);
        if (judgement.IsAbove)
        {
            var severity = judgement.Share > 0.5 ? QualitySeverity.Critical : QualitySeverity.Warning;
            var name = series == Whole ? null : watch.Series[series].Name;
            var detail = FormattableString.Invariant($"{judgement.Share * 100:0.#} % of the last {judgement.Total} events {what}.");
            watch.Flags.Report(key, new Finding(severity, NameOf(sourceId), name, bound, judgement.Share, detail), nowMs);
        }
        else if (judgement.IsNormal)
        {
            watch.Flags.Relax(key, nowMs);
        }
    }

    private readonly record struct Tally(int Refused, int Duplicates, int Late, int Accepted)
    {
        public Tally Plus(in Tally other) =>
            new(Refused + other.Refused, Duplicates + other.Duplicates, Late + other.Late, Accepted + other.Accepted);
    }

    private sealed record Shares
    {
        public ShareWindow Invalid { get; } = new();

        public ShareWindow Duplicate { get; } = new();

        public ShareWindow Late { get; } = new();
    }
}
