using Personalization.Kernel.Collections;

namespace Personalization.Features.Domain;

/// <summary>
/// The items of each category, newest first: numbers are given in order of arrival, so the newest is the highest. All are kept
/// in order for the writer; readers get the thousand newest as one array that never changes once it is published.
/// </summary>
internal sealed class CategoryLists
{
    public const int MaxPublished = 1_000;
    private readonly ChunkedArray<int[]?> _published = new();
    private readonly Dictionary<int, List<int>> _members = [];
    private readonly HashSet<int> _changed = [];

    /// <summary>Any thread.</summary>
    public ReadOnlySpan<int> Of(int category) =>
        (uint)category < (uint)_published.Capacity ? Volatile.Read(ref _published[category]) : default(ReadOnlySpan<int>);

    /// <summary>Puts an item from one category into another; -1 is none. Seen by readers after <see cref="Publish"/>.</summary>
    public void Move(int item, int from, int into)
    {
        if (from == into)
        {
            return;
        }

        if (from >= 0 && _members[from] is var left && left.BinarySearch(item) is var place and >= 0)
        {
            left.RemoveAt(place);
            _changed.Add(from);
        }

        if (into >= 0)
        {
            if (!_members.TryGetValue(into, out var joined))
            {
                _members.Add(into, joined = []);
            }

            joined.Insert(~joined.BinarySearch(item), item);
            _changed.Add(into);
        }
    }

    /// <summary>Shows readers what has changed; once for a run of changes, since each list is copied.</summary>
    public void Publish()
    {
        foreach (var category in _changed)
        {
            var members = _members[category];
            var newest = members.GetRange(Math.Max(0, members.Count - MaxPublished), Math.Min(members.Count, MaxPublished));
            newest.Reverse();
            Volatile.Write(ref _published.Ensure(category)!, newest.ToArray());
        }

        _changed.Clear();
    }
}
