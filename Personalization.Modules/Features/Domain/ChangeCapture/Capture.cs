namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>What the records of one request come to. Nothing of it is applied or written yet.</summary>
internal sealed class Capture
{
    private const int MaxRefusals = 100;
    private readonly Dictionary<(string Table, string Item), SourcePosition> _newest = [];
    private readonly List<CatalogChange> _changes = [];
    private readonly List<ReadOnlyMemory<byte>> _calls = [];
    private readonly List<int> _recordOfCall = [];
    private readonly List<CaptureRefusal> _refusals = [];
    private readonly Dictionary<CaptureReason, int> _counts = [];

    public IReadOnlyList<CatalogChange> Changes => _changes;

    /// <summary>Identify calls, each the JSON of one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Calls => _calls;

    /// <summary>Records with something to write.</summary>
    public int Applied { get; private set; }

    /// <summary>Records that were applied before, or are older than what was.</summary>
    public int Skipped { get; private set; }

    /// <summary>Records that change no row: tombstones, heartbeats, and the like.</summary>
    public int Ignored { get; private set; }

    public int Refused { get; private set; }

    /// <summary>The first hundred, so that a request of garbage stays small.</summary>
    public IReadOnlyList<CaptureRefusal> Refusals => _refusals;

    public IReadOnlyDictionary<CaptureReason, int> Counts => _counts;

    public void Ignore() => Ignored++;

    public void Refuse(int index, CaptureReason reason, string detail)
    {
        Refused++;
        _counts[reason] = _counts.GetValueOrDefault(reason) + 1;
        if (_refusals.Count < MaxRefusals)
        {
            _refusals.Add(new CaptureRefusal(index, reason, detail));
        }
    }

    /// <summary>Adds what a record changes in the catalogue, less what is not after the change of the same item that stands before it.</summary>
    public void Add(IEnumerable<CatalogChange> changes, Func<string, SourcePosition?> appliedTo)
    {
        var before = _changes.Count;
        foreach (var change in changes)
        {
            var source = change.Source!;
            var row = (source.Table, change.Item.Id);
            if (source.Position.IsAfter(_newest.GetValueOrDefault(row) ?? appliedTo(change.Item.Id)))
            {
                _newest[row] = source.Position;
                _changes.Add(change);
            }
        }

        if (_changes.Count > before)
        {
            Applied++;
        }
        else
        {
            Skipped++;
        }
    }

    /// <summary>Adds what a record makes of a customer: one call, or two when the key has changed.</summary>
    /// <param name="index">Place of the record in the request.</param>
    /// <param name="calls">At least one.</param>
    public void AddTraits(int index, IReadOnlyList<ReadOnlyMemory<byte>> calls)
    {
        _calls.AddRange(calls);
        _recordOfCall.AddRange(Enumerable.Repeat(index, calls.Count));
        Applied++;
    }

    /// <summary>Calls that the event path refused, by their places. Their records were counted as applied, each once however many calls it made.</summary>
    public void TakeBack(IEnumerable<int> calls)
    {
        foreach (var index in calls.Select(call => _recordOfCall[call]).Distinct())
        {
            Applied--;
            Refuse(index, CaptureReason.EventRefused, "The event path refused an event of it, and keeps that as a dead letter.");
        }
    }
}
