using System.Globalization;

namespace Personalization.Decisioning.Domain.Models.Sessions;

/// <summary>
/// Finds <see cref="SessionOrderModel"/> on the shop's own sessions: the newest tenth is held out, the rest is learnt into an index of its own, and
/// each beginning of a session that was held out asks for the item that came next.
/// </summary>
internal static class SessionOrderTrainer
{
    private const int MaxSessions = 40_000;
    private const int MaxHeldOut = 2_000;
    private const int MaxCases = 5_000;

    /// <summary>Fewer say nothing.</summary>
    private const int FewestCases = 200;
    private const int Places = 20;
    private static readonly float[] Ladder = [0, 0.25f, 0.5f, 0.75f, 1, 1.5f];

    /// <returns>Null when there are too few sessions.</returns>
    public static SessionOrderModel? Train(SessionIndex sessions, NeighbourWeights weights, int maxItems, long logOffset, long asOfMs, CancellationToken cancellationToken)
    {
        var newest = Newest(sessions);
        var heldOut = Math.Min(MaxHeldOut, newest.Count / 10);
        var cases = newest.TakeLast(heldOut).SelectMany(Beginnings).Take(MaxCases).ToList();
        if (cases.Count < FewestCases)
        {
            return null;
        }

        var index = new SessionIndex(MaxSessions, weights.SessionsPerItem, maxItems);
        for (var session = 0; session < newest.Count - heldOut; session++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var item in newest[session])
            {
                index.Learn(session, 1, item, session);
            }
        }

        var neighbours = new SessionNeighbours(index, weights);
        var without = Measure(neighbours, cases, allowsCurrent: false, cancellationToken);
        var with = Measure(neighbours, cases, allowsCurrent: true, cancellationToken);
        var (power, powerWith) = (Best(without), Best(with));
        return new SessionOrderModel(power, powerWith, new ModelLineage
        {
            LogOffset = logOffset,
            AsOfMs = asOfMs,
            Examples = cases.Count,
            Options = new Dictionary<string, double> { ["power"] = power, ["powerWithCurrent"] = powerWith, ["sessions"] = newest.Count, ["heldOut"] = heldOut },
            Metrics = Ladder.Index().SelectMany(step => (KeyValuePair<string, double>[])
            [
                new(string.Create(CultureInfo.InvariantCulture, $"mrr20At{step.Item}"), without[step.Index]),
                new(string.Create(CultureInfo.InvariantCulture, $"mrr20WithCurrentAt{step.Item}"), with[step.Index]),
            ]).ToDictionary(),
            Fingerprint = SessionOrderModel.FingerprintOf(power, powerWith),
        });
    }

    /// <summary>The newest sessions of at least two clicks, oldest first.</summary>
    private static List<int[]> Newest(SessionIndex sessions)
    {
        var (found, items) = (new List<int[]>(), new int[SessionBlocks.Largest]);
        var newest = sessions.Newest;
        for (var back = Math.Min(newest, MaxSessions); back > 0; back--)
        {
            if (sessions.CopyNewest(newest - back + 1, items) is > 1 and var count)
            {
                found.Add(items[..count]);
            }
        }

        return found;
    }

    private static IEnumerable<(int[] Beginning, int Next)> Beginnings(int[] session) =>
        Enumerable.Range(1, session.Length - 1).Select(length => (session[..length], session[length]));

    /// <summary>The mean reciprocal rank at each step of the ladder.</summary>
    private static double[] Measure(
        SessionNeighbours neighbours, List<(int[] Beginning, int Next)> cases, bool allowsCurrent, CancellationToken cancellationToken)
    {
        var (sums, scratch, filter, room) = (new double[Ladder.Length], new NeighbourScratch(), new ItemFilter(), new ScoredItem[Places]);
        foreach (var (beginning, next) in cases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            filter.Clear();
            filter.Exclude(allowsCurrent ? -1 : beginning[^1]);
            for (var step = 0; step < Ladder.Length; step++)
            {
                var count = neighbours.Find(beginning, 0, scratch, filter, default, room, Ladder[step]);
                var place = Array.FindIndex(room, 0, count, found => found.Item == next);
                sums[step] += place < 0 ? 0 : 1d / (place + 1);
            }
        }

        return Array.ConvertAll(sums, sum => sum / cases.Count);
    }

    /// <summary>The least power among the best: what gains nothing visible is left alone.</summary>
    private static float Best(double[] measured)
    {
        const double Visible = 1e-3;
        var best = 0;
        for (var step = 1; step < measured.Length; step++)
        {
            best = measured[step] > measured[best] + Visible ? step : best;
        }

        return Ladder[best];
    }
}
