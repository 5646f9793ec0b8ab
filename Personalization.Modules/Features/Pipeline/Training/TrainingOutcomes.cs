using System.Runtime.InteropServices;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Training;

/// <summary>What came of a row.</summary>
[Flags]
internal enum Outcome : byte
{
    None = 0,
    Clicked = 1,
    Added = 2,
    Ordered = 4,
}

/// <summary>
/// Waits for what comes of each row within its window, in event time: an outcome that arrives late counts as well, as long as it is not later
/// than another window behind the first. An item of a slate has
/// its own outcomes; an assignment to an experiment has whatever the shopper does. One loop.
/// </summary>
internal sealed class TrainingOutcomes(long windowMs)
{
    private readonly Dictionary<int, List<Waiting>> _waiting = [];
    private readonly List<Row> _rows = [];

    public int Count => _rows.Count;

    public Row this[int row] => _rows[row];

    public void Add(int profileId, int item, UInt128 decision, long shownAtMs, long nowMs)
    {
        (CollectionsMarshal.GetValueRefOrAddDefault(_waiting, profileId, out _) ??= []).Add(new Waiting(_rows.Count, item, decision, shownAtMs, nowMs));
        _rows.Add(new Row(profileId, shownAtMs, Outcome.None));
    }

    /// <summary>An event of the profile: which of its rows does it answer?</summary>
    public void See(TrackedEvent trackedEvent, UInt128 decision, long nowMs)
    {
        var outcome = trackedEvent.Kind switch
        {
            EventKind.RecommendationClicked => Outcome.Clicked,
            EventKind.ProductAdded => Outcome.Added,
            EventKind.OrderCompleted => Outcome.Ordered,
            _ => Outcome.None,
        };
        if (outcome == Outcome.None || !_waiting.TryGetValue(trackedEvent.ProfileId, out var rows))
        {
            return;
        }

        foreach (ref readonly var waiting in CollectionsMarshal.AsSpan(rows))
        {
            var isInTime = trackedEvent.TimestampMs >= waiting.ShownAtMs && trackedEvent.TimestampMs - waiting.ShownAtMs < windowMs;
            var isOfDecision = outcome != Outcome.Clicked || waiting.Item < 0 || decision == waiting.Decision;
            if (isInTime && !IsOver(waiting, nowMs) && isOfDecision && (waiting.Item < 0 || IsAbout(trackedEvent, waiting.Item)))
            {
                var row = _rows[waiting.Row];
                _rows[waiting.Row] = row with { Outcome = row.Outcome | outcome };
            }
        }
    }

    /// <summary>Rows that no event can answer any more wait no longer.</summary>
    public void Settle(int profileId, long nowMs)
    {
        if (_waiting.TryGetValue(profileId, out var rows) && rows.Count > 64)
        {
            rows.RemoveAll(waiting => IsOver(waiting, nowMs));
        }
    }

    /// <summary>Two turned out to be one person: what was shown to the one may be answered by the other.</summary>
    public void Merge(int from, int into)
    {
        if (_waiting.Remove(from, out var rows))
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_waiting, into, out _) ??= []).AddRange(rows);
        }
    }

    /// <summary>By when the row came, not by when the item was shown: an import tells of both at once, long after.</summary>
    private bool IsOver(in Waiting waiting, long nowMs) => nowMs - waiting.NotedAtMs > 2 * windowMs;

    private static bool IsAbout(TrackedEvent trackedEvent, int item)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item == item)
            {
                return true;
            }
        }

        return false;
    }

    internal readonly record struct Row(int ProfileId, long ShownAtMs, Outcome Outcome);

    private readonly record struct Waiting(int Row, int Item, UInt128 Decision, long ShownAtMs, long NotedAtMs);
}
