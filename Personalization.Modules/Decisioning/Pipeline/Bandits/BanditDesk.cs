using System.Text;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Bandits;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Bandits;

/// <summary>How it ended.</summary>
internal enum BanditOutcome : byte
{
    Done,

    /// <summary>An event of that id waits already.</summary>
    Repeated,

    /// <summary>The log takes nothing just now.</summary>
    Busy,
}

/// <summary>Ranks, and takes what came of it. Whatever it says has happened is on disk. Thread-safe.</summary>
internal sealed class BanditDesk(
    WaitingEvents events, RewardModel model, IEventLog log, KeyHasher hasher, TimeProvider time, IOptions<BanditOptions> options)
{
    private static readonly KeySpace RankedEvent = new(0x52414E4B);

    /// <param name="eventId">Names the event, and is the seed of its chance: the same id draws the same.</param>
    /// <param name="context">Features of the context.</param>
    /// <param name="actions">At least one.</param>
    /// <param name="isDeferred">Whether it counts only once it is activated.</param>
    public async Task<(BanditOutcome Outcome, Ranking? Ranking)> RankAsync(
        string eventId, HashedFeature[] context, IReadOnlyList<RankedAction> actions, bool isDeferred)
    {
        var key = KeyOf(eventId);
        if (events.IsWaiting(key))
        {
            return (BanditOutcome.Repeated, null);
        }

        var expected = new float[actions.Count];
        for (var i = 0; i < expected.Length; i++)
        {
            expected[i] = model.Expect(new Example(context, actions[i].Features));
        }

        var ranking = Ranking.Of(actions, expected, options.Value.ExplorationShare, (double)(ulong)(key >> 75) / (1UL << 53));
        if (ranking.Chosen < 0)
        {
            return (BanditOutcome.Done, ranking);
        }

        var example = new Example(context, actions[ranking.Chosen].Features);
        var entry = BanditEntry.Of(BanditAction.Rank, key, NowMs, (float)ranking.Probabilities[ranking.Chosen], isDeferred, example);
        return await AppendAsync(entry) ? (BanditOutcome.Done, ranking) : (BanditOutcome.Busy, null);
    }

    /// <summary>False when the log takes nothing just now.</summary>
    public Task<bool> ActivateAsync(string eventId) => AppendAsync(BanditEntry.Of(BanditAction.Activate, KeyOf(eventId), NowMs, 0));

    /// <summary>False when the log takes nothing just now.</summary>
    public Task<bool> RewardAsync(string eventId, float value) => AppendAsync(BanditEntry.Of(BanditAction.Reward, KeyOf(eventId), NowMs, value));

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private UInt128 KeyOf(string eventId) => hasher.Hash(RankedEvent, Encoding.UTF8.GetBytes(eventId));

    private async Task<bool> AppendAsync(BanditEntry entry)
    {
        var isTaken = log.TryAppend(entry) == Admission.Accepted;
        try
        {
            if (isTaken)
            {
                await entry.Committed;
            }
        }
        finally
        {
            entry.Release();
        }

        return isTaken;
    }
}
