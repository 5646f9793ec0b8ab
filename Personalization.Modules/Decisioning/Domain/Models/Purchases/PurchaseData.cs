using Personalization.Decisioning.Domain.Models.Kept;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>What a training knows: the purchases of everybody who lets models be taught, by shopper and then by time.</summary>
internal sealed class PurchaseData
{
    private readonly List<int> _items = [];
    private readonly List<int> _minutes = [];
    private readonly List<int> _starts = [0];

    public int Customers => _starts.Count - 1;

    /// <summary>Whose purchases they are.</summary>
    public ProfileSet Members { get; } = new();

    public int Purchases => _items.Count;

    /// <summary>Minute of the newest purchase; 0 when there are none.</summary>
    public int LastMinute { get; private set; }

    public int FirstMinute { get; private set; } = int.MaxValue;

    /// <param name="histories">By shopper; the cells are <see cref="Purchase"/>s, oldest first.</param>
    /// <param name="mayTrain">Whether the shopper lets models be taught now.</param>
    /// <param name="most">Purchases at most: when there are more, the newest, of all shoppers alike.</param>
    public static PurchaseData From(IReadOnlyList<(int Profile, ReadOnlyMemory<long> Cells)> histories, Func<int, bool> mayTrain, int most)
    {
        var since = OldestOf(histories, most);
        var data = new PurchaseData();
        foreach (var (profile, cells) in histories)
        {
            if (mayTrain(profile))
            {
                data.Add(profile, cells.Span, since);
            }
        }

        return data;
    }

    public ReadOnlySpan<int> ItemsOf(int customer) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_items)[_starts[customer].._starts[customer + 1]];

    public ReadOnlySpan<int> MinutesOf(int customer) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_minutes)[_starts[customer].._starts[customer + 1]];

    private void Add(int profile, ReadOnlySpan<long> cells, int since)
    {
        foreach (var cell in cells)
        {
            var purchase = new Purchase(cell);
            if (purchase.MayTrain && purchase.Minute >= since)
            {
                _items.Add(purchase.Item);
                _minutes.Add(purchase.Minute);
                FirstMinute = Math.Min(FirstMinute, purchase.Minute);
                LastMinute = Math.Max(LastMinute, purchase.Minute);
            }
        }

        if (_items.Count > _starts[^1])
        {
            _starts.Add(_items.Count);
            Members.Add(profile);
        }
    }

    /// <summary>The minute from which on there are no more purchases than wanted.</summary>
    private static int OldestOf(IReadOnlyList<(int Profile, ReadOnlyMemory<long> Cells)> histories, int most)
    {
        if (histories.Sum(history => (long)history.Cells.Length) <= most)
        {
            return 0;
        }

        var byDay = new SortedDictionary<int, long>();
        const int Day = 24 * 60;
        foreach (var (_, cells) in histories)
        {
            foreach (var cell in cells.Span)
            {
                var day = new Purchase(cell).Minute / Day;
                byDay[day] = byDay.GetValueOrDefault(day) + 1;
            }
        }

        var kept = 0L;
        foreach (var (day, count) in byDay.Reverse())
        {
            kept += count;
            if (kept > most)
            {
                return (day + 1) * Day;
            }
        }

        return 0;
    }
}
